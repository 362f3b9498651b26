import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { few } from '../text/few.ts'
import { many } from '../text/many.ts'
import { age } from '../text/time.ts'
import { isStreamed } from './carrier.ts'
import { checkDumpAction } from './check-dump.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { onlyOf } from './only.ts'
import { placesOf, replacedBy } from './places.ts'
import { recipeOf } from './recipes/recipes.ts'
import { goAhead, reviewKey, type Go } from './review.ts'
import type { AnyAction, Choice, Run } from './step.ts'
import { targetHostKey } from './target-host.ts'
import { unpackAction } from './unpack.ts'
import { wayBack } from './way-back.ts'

/** What speaks against the dump is said again where it is about to be used. */
const doubtsOf = (run: Run): string[] => run.answer(dumpKey).doubts.map((each) => `in doubt: ${oneLine(each)}`)

function onlyInShort(run: Run): string[] {
  const only = onlyOf(run)
  return only === null ? [] : [`takes only ${oneLine(only)} of it: all else stays as it is`]
}

function inShort(run: Run): string {
  const { backups, cron } = run.answer(targetHostKey)
  const dump = run.answer(dumpKey)
  const held = [...backups, ...cron].join(', ')
  const what = `${bytes(dump.bytes)} in ${many(dump.objects, 'object')}, ${age(dump.at, run.now())} old`
  return [
    'in short:',
    isStreamed(run)
      ? `reads ${what}, from ${run.host.name}, which keeps none of it`
      : `fetches ${what}, onto ${run.host.name}, and reads all of it`,
    ...onlyInShort(run),
    ...doubtsOf(run),
    held === '' ? 'holds no schedule back' : `holds back ${held} until the end`,
    `stops no service yet, touches nothing of ${replacedBy(run)}; ${wayBack(run, 'lifeboat undo takes all of it back')}`,
  ].join('\n')
}

/** The question before the first change: a dump is fetched and read while the services still run. */
export const dumpReviewChoice = (actions: readonly AnyAction[]): Choice<Go> => ({
  ...reviewKey,
  kind: 'choice',
  version: 1,
  needs: ['target', 'source', 'dump', 'only', 'place'],
  question: 'Shall the dump be fetched and read?',
  flag: '--yes',
  answeredBy: [],
  why: 'Nothing has been changed until here. The dump is fetched and read to its end while the services still run on what they have: one that turns out to be broken has cost nothing. Backups are held back meanwhile, so that none writes over the dump that you are about to use.',
  danger: () => 'moderate',
  ...goAhead(actions, inShort),
  check: async () => [],
})

function keptInShort(run: Run): string[] {
  const { keep } = placesOf(run)
  return keep.length === 0 ? [] : [`takes over what the dump lacks: ${few(keep.map(oneLine))}`]
}

function lastInShort(run: Run): string {
  const services = run.host.services.join(', ')
  const recipe = recipeOf(run)
  const kept = recipe.aside?.(placesOf(run)).resource.id
  return [
    'in short:',
    ...run.effect(checkDumpAction).facts.slice(0, 5),
    ...(run.began('unpack') ? run.effect(unpackAction).facts : []),
    ...doubtsOf(run),
    `${services === '' ? 'stops no service' : `stops ${services}`}, and puts ${onlyOf(run) === null ? 'the dump' : 'what the dump has of it'} in the place of ${replacedBy(run)}`,
    ...(isStreamed(run) && recipe.unpack(placesOf(run)).length === 0
      ? [`reads all of it from S3 once more meanwhile: if that breaks off, the old data is put back`]
      : []),
    ...keptInShort(run),
    kept === undefined
      ? `what becomes of the old data, the recipe ${recipe.kind} of the config says; ${wayBack(run, 'lifeboat undo runs its unswap')}`
      : `destroys nothing: what is there now, if anything, is kept as ${oneLine(kept)}; ${wayBack(run, 'lifeboat undo puts it back, until the restore is proven')}`,
  ].join('\n')
}

/** The question before the services are stopped. */
export const dumpLastLookChoice = (actions: readonly AnyAction[]): Choice<Go> => ({
  id: 'review-dump',
  answer: reviewKey.answer,
  kind: 'choice',
  version: 1,
  needs: ['check-dump'],
  question: 'Shall the dump be put in place?',
  flag: '--yes',
  answeredBy: [],
  why: 'The dump is here, and whole. From now on the services are down until it has the place of what they had, which is renamed, not removed. If that fails, they are started again on the old data.',
  danger: () => 'moderate',
  ...goAhead(actions, lastInShort),
  check: async () => [],
})

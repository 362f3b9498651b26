import { z } from 'zod'
import { missingTools } from '../remote/linux/facts.ts'
import { UsageError } from '../text/errors.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { onlyOf } from './only.ts'
import { recipeOf } from './recipes/recipes.ts'
import { refuse } from './refuse.ts'
import type { Choice, Run } from './step.ts'

/** What flags and config say of the place, the flag first. */
const said = (run: Run): string | undefined => {
  const { entry } = run.answer(dumpKey)
  return run.flags.to ?? run.host.dumps.find((each) => each.name === entry)?.into
}

function demandPlace(run: Run, into: string): string {
  const recipe = recipeOf(run)
  const wrong = recipe.wrongInto(into, onlyOf(run))
  if (wrong !== undefined) throw new UsageError(`${wrong}: a dump of kind ${recipe.kind} needs ${recipe.into}`)
  return into
}

/** Where the data of the dump goes. */
export const dumpPlaceChoice: Choice<string> = {
  kind: 'choice',
  id: 'place',
  version: 1,
  needs: ['dump', 'only'],
  question: 'What does the data of the dump replace?',
  flag: '--to',
  answeredBy: ['to'],
  why: 'A dump knows what was saved, and not always where it belongs. What stands there now is not touched until the dump has been fetched and read to its end; then it makes way by a rename, and stays beside the new data under another name.',
  danger: () => 'none',
  answer: z.string().min(1),
  async *options(run) {
    const into = said(run)
    const { usual } = recipeOf(run)
    if (into !== undefined) yield { kind: 'option', value: demandPlace(run, into), label: into }
    else if (usual !== undefined) yield { kind: 'option', value: usual.into, label: usual.into, detail: usual.what }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (run) => {
    const into = said(run)
    return into === undefined ? undefined : demandPlace(run, into)
  },
  typed: {
    what: 'where it goes',
    read: async (run, text) => demandPlace(run, text.trim()),
  },
  async check(run, into) {
    const recipe = recipeOf(run)
    const missing = await run.do(missingTools(recipe.tools))
    if (missing.length > 0) return refuse('tools-missing', `the host lacks ${missing.join(', ')}`)
    const found = await recipe.obstacles(run, into, onlyOf(run))
    return found.length === 0 ? [] : refuse('place-unfit', found.join('; '))
  },
}

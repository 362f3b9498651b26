import { z } from 'zod'
import { commandText } from '../remote/remote.ts'
import { demandNoFiles, originals } from './let-go.ts'
import { checkPermissions } from './permissions.ts'
import { targetChoice } from './target.ts'
import { age } from '../text/time.ts'
import { snapshotChoice } from './snapshot.ts'
import { volumeChoice } from './volume.ts'
import { fact, type AnswerKey, type AnyAction, type Choice, type Fact, type Run } from './step.ts'
import { wayBack } from './way-back.ts'

/** Each action's commands as facts, numbered as they will run. Reads are left out: they change nothing. */
export function* planOf(run: Run, actions: readonly AnyAction[]): Generator<Fact> {
  for (const action of actions) {
    // A step with nothing to do for this answer would only frighten.
    if (action.applies?.(run) === false) continue
    const commands = action.commands(run, undefined)
    if (commands.length === 0) continue
    yield fact(`${action.id}: ${action.title}`)
    for (const command of commands) {
      if (command.reads) continue
      // As it can be pasted.
      const only = command.onlyIf === undefined ? '' : `# only if ${command.onlyIf}:\n`
      yield fact(`  $ ${only}${commandText(command)}`, 'command')
    }
  }
}

/** The commands by which these actions change the world, as text. */
export const changesOf = (run: Run, actions: readonly AnyAction[]): string[] =>
  actions
    .filter((action) => action.applies?.(run) !== false)
    .flatMap((action) => action.commands(run, undefined))
    .filter((command) => !command.reads)
    .map(commandText)

/** The whole of it in words: the last thing that is read before the answer. */
function inShort(run: Run): string {
  const { backups, cron, instanceId, suspended } = run.answer(targetChoice)
  const { type, sizeGiB, device } = run.answer(volumeChoice)
  const { original, volumeId, snapshotId, startedAt } = run.answer(snapshotChoice)
  const held = [...backups, ...cron].join(', ')
  return [
    'in short:',
    original
      ? `takes an EBS snapshot of ${volumeId}, which costs money while it exists`
      : `makes a ${type} volume of ${sizeGiB} GiB from ${snapshotId}, ${age(startedAt, run.now())} old; it costs money while it exists`,
    `attaches ${original ? volumeId : 'it'} to ${instanceId} as ${device}, and looks at it read-only`,
    held === '' ? 'holds no schedule back' : `holds back ${held} until the end`,
    ...(suspended === null ? [] : [`reboots ${run.host.name}: the suspended pool ${suspended} leaves no other way`]),
    ...originals(run).map(
      ({ pool, volumes }) =>
        `stops ${run.host.services.join(', ') || 'no service'}, lets go of the pool ${pool} and detaches ${volumes.map((each) => each.volumeId).join(', ')}, which is kept`,
    ),
    `${originals(run).length === 0 ? 'stops no service yet, ' : ''}destroys nothing; ${wayBack(run, 'lifeboat undo takes all of it back')}`,
  ].join('\n')
}

const go = z.object({ go: z.literal(true) })

export type Go = z.infer<typeof go>

/** What the reviews of all routes have in common. */
export const reviewKey: AnswerKey<Go> = { id: 'review', answer: go }

/** What every review shows and offers: the plan, the whole of it in words, and to do it. No flag but `--yes` answers it. */
export const goAhead = (
  actions: readonly AnyAction[],
  inWords: (run: Run) => string,
): Pick<Choice<Go>, 'options' | 'suggested' | 'fromFlags'> => ({
  async *options(run) {
    yield* planOf(run, actions)
    yield fact(inWords(run), 'summary')
    yield { kind: 'option', value: { go: true }, label: 'do it' }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
})

/** The question before the first change: everything that the first leg will do. */
export const reviewChoice = (actions: readonly AnyAction[]): Choice<Go> => ({
  ...reviewKey,
  kind: 'choice',
  version: 1,
  needs: ['target', 'source', 'snapshot', 'volume'],
  question: 'Shall this be done?',
  flag: '--yes',
  answeredBy: [],
  why: 'Nothing has been changed until here. What follows makes one volume, attaches it and looks at it read-only; backups and snapshot schedules on the host are held back until the end, so that they neither expire what is needed nor write over good backups. All of it can be undone.',
  danger: () => 'moderate',
  ...goAhead(actions, inShort),
  async check(run) {
    demandNoFiles(run)
    return checkPermissions(run)
  },
})

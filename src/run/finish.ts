// The last word of a run: what it achieved, what exists now, and what to do next.
import { ProofFailed } from '../steps/prove.ts'
import { dumpKept, putInPlaceAction } from '../steps/put-in-place.ts'
import { achieved, type Achieved } from '../steps/result.ts'
import { keptSnapshot, snapshotOriginalAction } from '../steps/snapshot-original.ts'
import type { Run } from '../steps/step.ts'
import { Cancelled, type LifeboatError, type Next, type Resource } from '../text/errors.ts'
import { isOver } from '../text/over.ts'
import { contextFor } from './context.ts'
import type { Finished } from './events.ts'
import type { Session } from './session.ts'
import type { RunState } from './state.ts'

const looking = (session: Session): Run =>
  contextFor(session, { step: 'hand-over', attempt: 1, shown: null, ignoresStopping: true })

/** What the actions that were begun have left in the world. */
function leftovers(session: Session, error: LifeboatError | null): Resource[] {
  const run = looking(session)
  const all = session.route.legs
    .flatMap((leg) => leg.actions)
    .flatMap((action) => {
      const state = session.state.actions.get(action.id)
      if (state === undefined || state.status === 'undone' || action.resources === undefined) return []
      const effect: unknown = state.status === 'done' ? action.effect.parse(state.effect) : undefined
      return [...action.resources(run, action.before.parse(state.before), effect)]
    })
  const found = [...all, ...(error?.exists ?? [])]
  const again = (each: Resource, at: number): boolean =>
    found.slice(at + 1).some((later) => later.kind === each.kind && later.id === each.id)
  // One thing is named once, as the latest step left it.
  return found.filter((each, at) => !again(each, at) && each.state !== 'gone')
}

const goOn = ({ runId, host, undoing }: RunState, error: LifeboatError): Next[] => [
  ...(undoing || isOver(error.code) ? [] : [{ why: 'go on where it stopped', command: `lifeboat resume ${runId}` }]),
  { why: 'or take back what it made', command: `lifeboat undo ${runId} --confirm ${host}` },
]

/** An undo is the same with its confirmation. */
const isSame = (one: Next, other: Next): boolean => {
  const [command, another] = [one, other].map((each) => each.command.replace(/ --confirm \S+$/, ''))
  return command === another
}

function outcomeOf(error: LifeboatError | null): Finished['outcome'] {
  if (error === null) return 'restored'
  if (error instanceof Cancelled) return 'cancelled'
  return error instanceof ProofFailed ? 'unproven' : 'failed'
}

const unproven = { datasets: [], restoredTo: null, rtoMs: null, dataLossMs: null }

function proven(
  session: Session,
  { datasets, provenAt }: Achieved,
): Pick<Finished, 'datasets' | 'restoredTo' | 'rtoMs' | 'dataLossMs'> {
  const { state } = session
  const restoredTo =
    datasets
      .map((each) => each.createdAt)
      .toSorted()
      .at(0) ?? null
  const incident = state.flags.incidentAt
  return {
    datasets,
    restoredTo,
    rtoMs: Date.parse(provenAt) - Date.parse(state.startedAt),
    dataLossMs: incident === undefined || restoredTo === null ? null : Date.parse(incident) - Date.parse(restoredTo),
  }
}

/** Everything that `run-finished` tells. */
export function finished(session: Session, error: LifeboatError | null, exitCode: number): Finished {
  const { state } = session
  const common = { outcome: outcomeOf(error), runId: state.runId, exitCode, changed: state.changed }
  // Nothing was begun, and nothing went wrong: only a plan was wanted.
  if (error === null && !state.changed)
    return { ...common, outcome: 'cancelled', ...unproven, resources: [], leftovers: [], next: [] }
  if (error === null) {
    const all = achieved(looking(session))
    return { ...common, ...proven(session, all), resources: all.resources, leftovers: [], next: all.next }
  }
  const left = leftovers(session, error)
  const next = [
    ...error.next
      // Of what was taken back nothing leads on.
      .filter(({ command }) => state.finished === null || !/^lifeboat (resume|undo)\b/.test(command))
      .map((each) => ({ ...each, command: session.clean(each.command) })),
    ...(state.changed && state.finished === null ? goOn(state, error) : []),
  ]
  const distinct = next.filter((each, at) => next.findIndex((other) => isSame(other, each)) === at)
  return { ...common, ...unproven, resources: left, leftovers: left, next: distinct }
}

/**
 * The last word of a run that was taken back: nothing of it is left but the EBS snapshot of an original volume, and data from
 * a dump that services have written to.
 */
export function takenBack(session: Session): Finished {
  const { state } = session
  const secured = state.actions.get(snapshotOriginalAction.id)?.effect
  const kept = secured === undefined ? [] : keptSnapshot(looking(session), snapshotOriginalAction.effect.parse(secured))
  const ofDump = state.actions.has(putInPlaceAction.id) ? dumpKept(looking(session)) : []
  const left = [...kept, ...ofDump.map(({ resource }) => resource)]
  return {
    outcome: 'cancelled',
    runId: state.runId,
    exitCode: 0,
    changed: state.changed,
    ...unproven,
    resources: left,
    leftovers: left,
    next: [
      ...kept.map(({ id }) => ({
        why: 'when it is not needed any more',
        command: `aws ec2 delete-snapshot --snapshot-id ${id}`,
      })),
      ...ofDump.map(({ remove }) => remove),
    ],
  }
}

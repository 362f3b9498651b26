// Takes back what a run made, last things first.
import { commandText } from '../remote/remote.ts'
import type { AnyAction, StepId } from '../steps/step.ts'
import { Refused } from '../text/errors.ts'
import { findEnd } from './act.ts'
import { contextFor } from './context.ts'
import type { Session } from './session.ts'

const begun = (session: Session): AnyAction[] =>
  session.route.legs
    .flatMap((leg) => leg.actions)
    .filter((action) => {
      const state = session.state.actions.get(action.id)
      return state !== undefined && state.status !== 'undone'
    })
    .toReversed()

function parts(session: Session, action: AnyAction) {
  const state = session.state.actions.get(action.id)
  const before: unknown = action.before.parse(state?.before)
  const effect: unknown = state?.status === 'done' ? action.effect.parse(state.effect) : undefined
  const attempt = state?.attempt ?? 1
  const looking = contextFor(session, { step: action.id, attempt, shown: null, ignoresStopping: true })
  const commands = action.undo?.commands(looking, before, effect) ?? []
  return { before, effect, commands }
}

/** What an undo is told of the world around it. */
export interface Undoing {
  /** Why the host is gone for good, with everything on it; null while it is there. */
  readonly hostGone?: string | null
  /** Told each step before it is taken back. */
  readonly at?: (step: StepId) => void
}

const onHost = (session: Session, action: AnyAction): boolean =>
  parts(session, action).commands.some((command) => command.kind === 'shell')

/** What is still to be taken back: what was on a host that is gone went with it. */
const left = (session: Session, { hostGone = null }: Undoing): AnyAction[] =>
  begun(session).filter((action) => hostGone === null || !onHost(session, action))

/**
 * Asks the world what became of a step whose end is not in the journal, and records it: what a crash or a failure left
 * behind must have a name before it can be shown, confirmed and deleted.
 */
export async function settle(session: Session, undoing: Undoing = {}): Promise<void> {
  for (const action of left(session, undoing)) {
    const state = session.state.actions.get(action.id)
    if (action.undo === undefined || state === undefined || state.status === 'done') continue
    const { attempt } = state
    const looking = contextFor(session, { step: action.id, attempt, shown: null, ignoresStopping: true })
    const found = await findEnd(looking, { ...action, ...thorough(action) }, action.before.parse(state.before))
    if (found.state !== 'present') continue
    const effect: unknown = action.effect.parse(found.effect)
    session.record({ type: 'done', at: session.at(), step: action.id, attempt, effect })
  }
}

/** An undo may have to look harder than a resume. */
const thorough = (action: AnyAction): Partial<Pick<AnyAction, 'find'>> =>
  action.undo?.find === undefined ? {} : { find: action.undo.find }

/** What undoing the run would destroy, by full name. */
export const undoDestroys = (session: Session, undoing: Undoing = {}): string[] =>
  left(session, undoing).flatMap((action) =>
    parts(session, action).commands.flatMap((command) => [...(command.destroys ?? [])]),
  )

/** The commands that undo the run, in order: what a person could type instead. */
export const undoCommands = (session: Session, undoing: Undoing = {}): string[] =>
  left(session, undoing).flatMap((action) =>
    parts(session, action).commands.map((command) => session.clean(commandText(command))),
  )

/** Asked of every step before the first is taken back: half an undo would be worse than none. @throws Refused */
export async function refuseImpossible(session: Session, undoing: Undoing = {}): Promise<void> {
  for (const action of left(session, undoing)) {
    const { attempt = 1 } = session.state.actions.get(action.id) ?? {}
    const run = contextFor(session, { step: action.id, attempt, shown: null, ignoresStopping: true })
    const { before, effect } = parts(session, action)
    const refused = await action.undo?.refuses?.(run, before, effect)
    if (refused !== undefined) throw refused
  }
}

/**
 * Undoes every action that was begun. Stops at the first that fails: detaching a disk below a pool that could not be
 * exported would hang the host. @throws Refused after hand-over, when the volume is production's
 */
export async function undo(session: Session, undoing: Undoing = {}): Promise<void> {
  const { runId, actions } = session.state
  if (actions.has('hand-over')) {
    throw new Refused({
      code: 'handed-over',
      message: 'the hand-over to production was begun, so the volume is no longer taken back by Lifeboat',
      notChanged: ['nothing was changed'],
      next: [{ why: 'finish the hand-over', command: `lifeboat resume ${runId}` }],
    })
  }
  await refuseImpossible(session, undoing)
  const still = new Set(left(session, undoing))
  for (const action of begun(session)) {
    undoing.at?.(action.id)
    const { before, effect, commands } = parts(session, action)
    if (action.undo !== undefined && still.has(action)) {
      session.emit({ type: 'step-started', step: action.id, title: `undo: ${action.title}` })
      const began = session.now().getTime()
      const shown = new Set(commands.filter((command) => !command.reads).map(commandText))
      session.record({ type: 'undoing', at: session.at(), step: action.id, commands: [...shown].map(session.clean) })
      await action.undo.perform(
        // Each try has names of its own for what it runs.
        contextFor(session, {
          step: action.id,
          attempt: began,
          unit: `undo-${action.id}`,
          shown,
          ignoresStopping: true,
        }),
        before,
        effect,
      )
      session.emit({
        type: 'step-finished',
        step: action.id,
        effect: null,
        durationMs: session.now().getTime() - began,
      })
    }
    session.record({ type: 'undone', at: session.at(), step: action.id })
  }
  session.record({ type: 'finished', at: session.at(), outcome: 'undone', exitCode: 0 })
}

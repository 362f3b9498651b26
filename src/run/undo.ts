// Takes back what a run made, last things first.
import { commandText } from '../remote/remote.ts'
import type { AnyAction, Route, StepId } from '../steps/step.ts'
import { Refused } from '../text/errors.ts'
import { findEnd } from './act.ts'
import { contextFor } from './context.ts'
import type { Session } from './session.ts'
import type { RunState } from './state.ts'

const begunOf = (route: Route, actions: RunState['actions']): AnyAction[] =>
  route.legs
    .flatMap((leg) => leg.actions)
    .filter((action) => {
      const state = actions.get(action.id)
      return state !== undefined && state.status !== 'undone'
    })
    .toReversed()

const begun = ({ route, state }: Session): AnyAction[] => begunOf(route, state.actions)

const words: Partial<Readonly<Record<StepId, { readonly question: string; readonly why: string }>>> = {
  target: {
    question: 'Is the host still there?',
    why: 'What was done on the host can only be taken back there. A host that is gone for good took it along, and only what is in AWS is left to be tidied up.',
  },
  review: {
    question: 'Shall this be taken back?',
    why: 'What the run has made is taken back, the last things first. Where a crash left no word of how a step ended, the world is asked first: what can be deleted must have a name before it is shown and confirmed.',
  },
}

/** What taking a run back looks like as a route: two questions, and then what is taken back, in that order. */
export function undoRoute(route: Route, did: RunState['actions']): Route {
  const choices = route.legs
    .flatMap((leg) => leg.choices)
    .flatMap((choice) => (words[choice.id] === undefined ? [] : [{ ...choice, ...words[choice.id] }]))
  const actions = begunOf(route, did)
    .filter((action) => action.undo !== undefined)
    .map((action) => ({ ...action, title: undoTitle(action) }))
  return { id: route.id, legs: [{ choices, actions }] }
}

const undoTitle = ({ title }: AnyAction): string => `undo: ${title}`

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
    // Nothing is taken back yet: it is looked at for the question whether it shall be.
    const looking = contextFor(session, { step: 'review', attempt, shown: null, ignoresStopping: true })
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

/** What is taken back, in order, with the commands that do it. */
export const undoSteps = (
  session: Session,
  undoing: Undoing = {},
): { readonly title: string; readonly commands: readonly string[] }[] =>
  left(session, undoing).map((action) => ({
    title: undoTitle(action),
    commands: parts(session, action).commands.map((command) => session.clean(commandText(command))),
  }))

/** The commands that undo the run, in order: what a person could type instead. */
export const undoCommands = (session: Session, undoing: Undoing = {}): string[] =>
  undoSteps(session, undoing).flatMap(({ commands }) => commands)

/** Asked of every step before the first is taken back: half an undo would be worse than none. @throws Refused */
export async function refuseImpossible(session: Session, undoing: Undoing = {}): Promise<void> {
  for (const action of left(session, undoing)) {
    const { attempt = 1 } = session.state.actions.get(action.id) ?? {}
    const run = contextFor(session, { step: 'review', attempt, shown: null, ignoresStopping: true })
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
      session.emit({ type: 'step-started', step: action.id, title: undoTitle(action) })
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

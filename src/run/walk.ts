// Walks a route: each leg's choices are answered, then its actions are done, and every bit of it is recorded.
import { AnotherRoute } from '../steps/another-route.ts'
import type { AnyAction, AnyChoice, Leg, RouteId, Run, StepId } from '../steps/step.ts'
import { act } from './act.ts'
import { answerChoice, checkAnswer, prepare } from './answer.ts'
import { contextFor } from './context.ts'
import { errorObject, asLifeboatError, exitCodeOf } from './errors.ts'
import { Cancelled, type LifeboatError } from '../text/errors.ts'
import type { Session } from './session.ts'
import { watching, type Watching } from './watching.ts'
import { withdrawFrom } from './withdraw.ts'
import { confirmedBy } from '../steps/confirmed.ts'

interface Walking {
  readonly resumed: boolean
  readonly watches: Watching
  /** Told each step before it is walked. */
  readonly at: (step: StepId) => void
}

const looking = (session: Session, step: StepId): Run =>
  contextFor(session, { step, attempt: 1, shown: null, ignoresStopping: false })

const applies = (session: Session, action: AnyAction): boolean => action.applies?.(looking(session, action.id)) ?? true

/** Whether somebody could answer it otherwise. */
function isOpen(session: Session, choice: AnyChoice): boolean {
  const run = looking(session, choice.id)
  return choice.applies?.(run) !== false && choice.settled?.(run) === undefined
}

/** Whether a step that is ahead will be walked, as far as the answers so far can tell. */
export function isComing(session: Session, step: StepId): boolean {
  const action = session.route.legs.flatMap((leg) => leg.actions).find((each) => each.id === step)
  if (action === undefined) return true
  try {
    return applies(session, action)
  } catch {
    // It depends on an answer that there is not yet.
    return action.aside !== true
  }
}

/** Answers these choices of a leg one after the other. The operator may go back to any of them. */
async function answerAll(
  session: Session,
  leg: Leg,
  choices: readonly AnyChoice[],
  at: (step: StepId) => void,
): Promise<void> {
  const anew = new Set<StepId>()
  for (let next = 0; next < choices.length;) {
    const choice = choices[next]
    if (choice === undefined) return
    at(choice.id)
    session.stop.stopping.throwIfAborted()
    const earlier = choices
      .slice(0, next)
      .filter((each) => isOpen(session, each))
      .map((each) => each.id)
    if (choice.applies?.(looking(session, choice.id)) === false) {
      next++
      continue
    }
    const back = await answerChoice(session, choice, { earlier, anew: anew.has(choice.id) })
    if (back === undefined) next++
    else {
      for (const step of [back, ...withdrawFrom(session, leg, back)]) anew.add(step)
      next = choices.findIndex((each) => each.id === back)
    }
  }
}

async function walkLeg(session: Session, leg: Leg, { resumed, at, watches }: Walking): Promise<void> {
  await answerAll(session, leg, leg.choices, at)
  session.confirmed = confirmedBy(session.state.answers)
  for (const action of leg.actions) {
    if (!applies(session, action)) continue
    at(action.id)
    session.stop.stopping.throwIfAborted()
    await act(session, action, resumed)
    watches.after(action.id)
  }
}

export interface Walked {
  /** The source that was chosen instead of the run's: it is to be begun anew with it. */
  readonly anew?: RouteId
  readonly error: LifeboatError | null
  readonly exitCode: number
}

/** The failure is journaled for the report; a journal that can't be written is what failed, and says so itself. */
function noteFailure(session: Session, step: StepId, error: LifeboatError): void {
  if (session.state.answers.size === 0 || error.code === 'journal-not-written') return
  const at = session.at()
  if (error instanceof Cancelled) {
    session.record({ type: 'cancelled', at, step, signal: error.signal })
    if (session.state.actions.get(step)?.status === 'intended') {
      const message = `${step} was under way, and how it ended is not known: resume asks the host and AWS`
      session.emit({ type: 'finding', step, level: 'warn', message })
    }
  } else session.record({ type: 'failed', at, step, error: errorObject(error, session.clean) })
}

/** Does `work`, which tells the step it is at. What is thrown is recorded and returned. */
async function watched(session: Session, work: (at: (step: StepId) => void) => Promise<void>): Promise<Walked> {
  let step: StepId = session.route.legs[0]?.choices[0]?.id ?? 'target'
  try {
    await work((id) => (step = id))
    return { error: null, exitCode: 0 }
  } catch (thrown) {
    if (thrown instanceof AnotherRoute) return { error: null, exitCode: 0, anew: thrown.source }
    const error = asLifeboatError(thrown, session.stop.leaving)
    const { changed } = session.state
    const object = errorObject(error, session.clean)
    noteFailure(session, step, error)
    if (!(error instanceof Cancelled)) session.emit({ type: 'step-failed', step, error: object })
    return { error, exitCode: exitCodeOf(error, changed) }
  }
}

/** Walks to the end, or to the first error. */
export const walk = (session: Session, resumed: boolean): Promise<Walked> =>
  watched(session, async (at) => {
    const watches = watching(session)
    let proven = false
    try {
      for (const leg of session.route.legs) await walkLeg(session, leg, { resumed, at, watches })
      proven = true
    } finally {
      await watches.end(proven)
    }
    session.record({ type: 'finished', at: session.at(), outcome: 'restored', exitCode: 0 })
  })

/** Walks up to the first change: every question before it is answered, the review is read and checked. Makes nothing. */
export const walkToReview = (session: Session): Promise<Walked> =>
  watched(session, async (at) => {
    const [leg] = session.route.legs
    const choices = leg?.choices ?? []
    if (leg !== undefined) await answerAll(session, leg, choices.slice(0, -1), at)
    const review = choices.at(-1)
    if (review === undefined) return
    at(review.id)
    const prepared = await prepare(session, review)
    await checkAnswer(session, prepared, prepared.question.suggested?.value)
  })

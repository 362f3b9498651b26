// Walks a route: each leg's choices are answered, then its actions are done, and every bit of it is recorded.
import type { AnyChoice, Leg, Option, StepId } from '../steps/step.ts'
import { act } from './act.ts'
import { decide, type Question } from './asking.ts'
import { contextFor } from './context.ts'
import { errorObject, asLifeboatError, exitCodeOf } from './errors.ts'
import { Cancelled, type LifeboatError } from '../text/errors.ts'
import type { Session } from './session.ts'
import { confirmedBy } from '../steps/confirmed.ts'

/** Answers one choice, unless it was answered before. */
async function answer(session: Session, choice: AnyChoice): Promise<void> {
  if (session.state.answers.has(choice.id)) return
  const run = contextFor(session, { step: choice.id, attempt: 1, shown: null, ignoresStopping: false })
  const options: Option<unknown>[] = []
  for await (const each of choice.options(run)) {
    session.stop.stopping.throwIfAborted()
    if (each.kind === 'option') options.push(each as Option<unknown>)
    else session.emit({ type: 'finding', step: choice.id, level: 'info', message: session.clean(each.text) })
  }
  const danger = choice.danger(run)
  const suggested = choice.suggested(run, options) as Option<unknown> | undefined
  const confirmation = danger === 'destructive' ? (choice.confirmation?.(run) ?? session.host.name) : undefined
  const readTyped = choice.typed?.read
  const question: Question = {
    step: choice,
    danger,
    options,
    suggested,
    confirmation,
    ...(readTyped === undefined ? {} : { readTyped: (text: string) => readTyped(run, text) }),
  }
  session.emit({
    type: 'question',
    step: choice.id,
    question: choice.question,
    danger,
    options: options.map(({ value, label, detail, disabled }) => ({
      value,
      label,
      ...(detail === undefined ? {} : { detail }),
      ...(disabled === undefined ? {} : { disabled }),
    })),
    suggested: suggested?.value ?? null,
  })
  const { value, by } = await decide(question, run, session.asker, session.stop.stopping)
  const parsed: unknown = choice.answer.parse(value)
  for (const finding of await choice.check(run, parsed)) session.emit({ type: 'finding', step: choice.id, ...finding })
  session.record({ type: 'answered', at: session.at(), step: choice.id, value: parsed, by })
  session.emit({ type: 'answer', step: choice.id, value: parsed, by })
}

async function walkLeg(session: Session, leg: Leg, resumed: boolean, at: (step: StepId) => void): Promise<void> {
  for (const choice of leg.choices) {
    at(choice.id)
    session.stop.stopping.throwIfAborted()
    await answer(session, choice)
  }
  session.confirmed = confirmedBy(session.state.answers)
  for (const action of leg.actions) {
    at(action.id)
    session.stop.stopping.throwIfAborted()
    await act(session, action, resumed)
  }
}

export interface Walked {
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

/** Walks to the end, or to the first error, which is recorded and returned. */
export async function walk(session: Session, resumed: boolean): Promise<Walked> {
  let step: StepId = session.route.legs[0]?.choices[0]?.id ?? 'target'
  try {
    for (const leg of session.route.legs) await walkLeg(session, leg, resumed, (id) => (step = id))
    session.record({ type: 'finished', at: session.at(), outcome: 'restored', exitCode: 0 })
    return { error: null, exitCode: 0 }
  } catch (thrown) {
    const error = asLifeboatError(thrown, session.stop.leaving)
    const { changed } = session.state
    const object = errorObject(error, session.clean)
    noteFailure(session, step, error)
    if (!(error instanceof Cancelled)) session.emit({ type: 'step-failed', step, error: object })
    return { error, exitCode: exitCodeOf(error, changed) }
  }
}

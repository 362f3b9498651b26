import type { Flags } from '../steps/flags.ts'
import type { Leg, Route, StepId } from '../steps/step.ts'
import { UsageError } from '../text/errors.ts'
import type { Session } from './session.ts'
import type { RunState } from './state.ts'

const given = (flags: Flags, key: keyof Flags): boolean => {
  const value = flags[key]
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * A flag that answers a question whose actions have been begun comes too late: it would be recorded and not followed.
 * @throws UsageError
 */
export function refuseLateFlags(route: Route, state: RunState, added: Flags): void {
  for (const leg of route.legs) {
    const begun = leg.actions.find((action) => state.actions.has(action.id))
    const late = leg.choices
      .flatMap((choice) => choice.answeredBy)
      .find((key) => given(added, key) && !same(added[key], state.flags[key]))
    if (begun === undefined || late === undefined) continue
    const flag = `--${late.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    throw new UsageError(`${flag} comes too late: ${begun.id} was begun with another answer`, [
      { why: 'go on as it was begun', command: `lifeboat resume ${state.runId}` },
      { why: 'or take it back, and begin anew', command: `lifeboat undo ${state.runId} --confirm ${state.host}` },
    ])
  }
}

/**
 * Takes back the answers that flags given on resume answer anew, and every answer of the same leg that needed them;
 * only where no action of that leg has been begun. @returns the steps whose answers were dropped
 */
export function withdrawAnswers(session: Session, added: Flags): StepId[] {
  const dropped: StepId[] = []
  for (const leg of session.route.legs) {
    if (leg.actions.some((action) => session.state.actions.has(action.id))) continue
    for (const choice of leg.choices) {
      const answered = session.state.answers.has(choice.id)
      const asked =
        choice.answeredBy.some((key) => given(added, key)) || choice.needs.some((id) => dropped.includes(id))
      if (answered && asked) dropped.push(choice.id)
    }
  }
  if (dropped.length > 0) session.record({ type: 'withdrawn', at: session.at(), steps: dropped })
  return dropped
}

/** Takes back an answer that the operator wants to change, and those that needed it. @returns their steps */
export function withdrawFrom(session: Session, leg: Leg, to: StepId): StepId[] {
  const dropped: StepId[] = []
  for (const choice of leg.choices) {
    const asked = choice.id === to || choice.needs.some((id) => dropped.includes(id))
    if (asked && session.state.answers.has(choice.id)) dropped.push(choice.id)
  }
  session.record({ type: 'withdrawn', at: session.at(), steps: dropped })
  session.emit({ type: 'withdrawn', step: to, steps: dropped })
  return dropped
}

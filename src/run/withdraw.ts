import type { Flags } from '../steps/flags.ts'
import type { StepId } from '../steps/step.ts'
import type { Session } from './session.ts'

const given = (flags: Flags, key: keyof Flags): boolean => {
  const value = flags[key]
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
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

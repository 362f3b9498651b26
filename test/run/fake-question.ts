// A question with three answers, of which one can't be chosen.
import type { Question } from '../../src/run/asking.ts'
import type { Option, StepId } from '../../src/steps/step.ts'
import { choice } from './fake-route.ts'

export const option = (label: string, more: Partial<Option<unknown>> = {}): Option<unknown> => ({
  kind: 'option',
  value: { value: label },
  label,
  ...more,
})

export const newest = option('newest')
export const older = option('older', { detail: 'loses an hour' })
const broken = option('broken', { disabled: 'it is archived' })

export const fakeQuestion = (step: StepId, more: Partial<Question> = {}): Question => ({
  step: choice(step),
  danger: 'none',
  options: [newest, older, broken],
  suggested: newest,
  confirmation: undefined,
  earlier: [],
  ...more,
})

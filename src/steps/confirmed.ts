import { lost } from '../remote/zfs/rollback-program.ts'
import { reviewRollbackKey } from './review-rollback.ts'
import type { StepId } from './step.ts'

/** The full names of everything whose loss the answers confirm. */
export function confirmedBy(answers: ReadonlyMap<StepId, { readonly value: unknown }>): ReadonlySet<string> {
  const reviewed = answers.get(reviewRollbackKey.id)
  if (reviewed === undefined) return new Set()
  const { rollbacks, deletes } = reviewRollbackKey.answer.parse(reviewed.value)
  return new Set([...rollbacks.flatMap(lost), ...deletes])
}

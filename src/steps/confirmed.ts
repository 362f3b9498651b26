import { lost } from '../remote/zfs/rollback-program.ts'
import { launchKey, scratchLaunch } from './launch-answer.ts'
import { reviewRollbackKey } from './review-rollback.ts'
import type { StepId } from './step.ts'

/** What earlier drills left was shown before the launch. */
function leftoversIn(answers: ReadonlyMap<StepId, { readonly value: unknown }>): ReadonlySet<string> {
  const launched = scratchLaunch.safeParse(answers.get(launchKey.id)?.value)
  if (!launched.success || !answers.has('review-launch')) return new Set()
  const { instances, volumes } = launched.data.leftovers
  return new Set([...instances, ...volumes])
}

/** The full names of everything whose loss the answers confirm. */
export function confirmedBy(answers: ReadonlyMap<StepId, { readonly value: unknown }>): ReadonlySet<string> {
  const reviewed = answers.get(reviewRollbackKey.id)
  if (reviewed === undefined) return leftoversIn(answers)
  const { rollbacks, deletes } = reviewRollbackKey.answer.parse(reviewed.value)
  return new Set([...rollbacks.flatMap(lost), ...deletes])
}

// The pool that a run works on, however it came to be there.
import { inspectPoolAction } from './inspect-pool.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Run } from './step.ts'
import { localTargetChoice } from './target-local.ts'

/** The pool's name on the host, and its GUID. */
export function poolOf(run: Run): { readonly pool: string; readonly guid: string } {
  if (run.route === 'local') return run.answer(localTargetChoice).pool
  const { pool, guid } = run.effect(inspectPoolAction)
  return { pool, guid }
}

/** The moment that the pool's head is of, ISO UTC; `exact` where it was frozen then, by an EBS snapshot. */
export function headMoment(run: Run): { readonly at: string; readonly exact: boolean } {
  if (run.route === 'local') return { at: run.answer(localTargetChoice).lookedAt, exact: false }
  const { startedAt, original } = run.answer(snapshotChoice)
  return { at: startedAt, exact: !original }
}

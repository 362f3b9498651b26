// Whether what a service knows is as old as the data that was restored.
import { age } from '../text/time.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { headMoment } from './pool-at-work.ts'
import { restoredDatasets } from './restored-datasets.ts'
import { startServicesAction } from './start-services.ts'
import type { Run } from './step.ts'

/** One thing that was looked at for the proof. */
export interface Evidence {
  readonly what: string
  readonly passed: boolean
  readonly saw: string
}

/** A service that was written to each day has nothing newer than this only if an older snapshot was taken by mistake. */
const quietMs = 24 * 3_600_000
/** The host's clock and ours may differ by so much. */
const clockSlackMs = 5 * 60_000

/** The newest record beside the moment that was restored. It can't be of the future; a long gap is said, not judged. */
export function ageEvidence(run: Run, newest: string): Evidence {
  const { at, exact } = restoredMoment(run)
  const restored = new Date(at)
  const gapMs = restored.getTime() - Date.parse(newest)
  const what = 'the data is of the restored moment'
  // The moment of a head that was not frozen is when it was looked at: how long nothing was written before is not known.
  if (gapMs > quietMs && exact) {
    run.finding(
      'warn',
      `the newest record is ${age(newest, restored)} older than the restored moment: is this the right snapshot?`,
    )
  }
  if (gapMs >= 0) {
    return {
      what,
      passed: true,
      saw: `newest record ${newest}, ${age(newest, restored)} before the restored moment ${restored.toISOString()}`,
    }
  }
  const { startedAt } = run.effect(startServicesAction)
  const since = Date.parse(newest) >= Date.parse(startedAt) - clockSlackMs
  const who = since
    ? 'by the service itself, since it was started'
    : `before the services were started at ${startedAt}: this is other data`
  return {
    what,
    passed: since,
    saw: `newest record ${newest}, written after the restored moment ${restored.toISOString()} ${who}`,
  }
}

/** The newest moment that any dataset is of: one that was not rolled back is of the EBS snapshot's. */
function restoredMoment(run: Run): { readonly at: string; readonly exact: boolean } {
  const point = run.answer(pointKey)
  const targets = servedTargets(point)
  if (point.way === 'none' || point.left.length > 0 || targets.length < restoredDatasets(run).length)
    return headMoment(run)
  const at = targets.map((each) => each.createdAt).toSorted()
  return { at: at.at(-1) ?? headMoment(run).at, exact: true }
}

// Whether what a service knows is as old as the data that was restored.
import { few } from '../text/few.ts'
import { age } from '../text/time.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { headMoment, poolOf } from './pool-at-work.ts'
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

/**
 * The newest record beside the moment that was restored. It can't be of the future; a long gap is said, not judged.
 * `mounted` are the datasets that services can read now.
 */
export function ageEvidence(run: Run, newest: string, mounted: readonly string[]): Evidence {
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
  const untouched = leftAsTheyWere(run, mounted)
  if (!since && untouched.length > 0) {
    const where = few(untouched)
    run.finding(
      'warn',
      `the newest record, ${newest}, is newer than what was restored: it can only be of what was left as it was (${where})`,
    )
    return { what, passed: true, saw: `newest record ${newest}; nothing says that it is of a restored dataset` }
  }
  const who = since
    ? 'by the service itself, since it was started'
    : `before the services were started at ${startedAt}: this is other data`
  return {
    what,
    passed: since,
    saw: `newest record ${newest}, written after the restored moment ${restored.toISOString()} ${who}`,
  }
}

/** On a pool that was healthy all along, the datasets that were not brought back: their records go on to the present. */
function leftAsTheyWere(run: Run, mounted: readonly string[]): string[] {
  if (run.route !== 'local') return []
  const { pool } = poolOf(run)
  const restored = new Set(restoredDatasets(run).map((each) => each.dataset))
  return mounted.filter((each) => each.split('/')[0] === pool && !restored.has(each))
}

/** The newest moment that any dataset is of: one that was not rolled back is of the EBS snapshot's. */
function restoredMoment(run: Run): { readonly at: string; readonly exact: boolean } {
  // A name tells a day; what was written last tells when it was over.
  if (run.route === 'dump') return { at: run.answer(dumpKey).writtenAt, exact: true }
  const point = run.answer(pointKey)
  const targets = servedTargets(point)
  if (point.way === 'none' || point.left.length > 0 || targets.length < restoredDatasets(run).length)
    return headMoment(run)
  const at = targets.map((each) => each.createdAt).toSorted()
  return { at: at.at(-1) ?? headMoment(run).at, exact: true }
}

// The upper bound of what a plan may destroy, told before the pool has been looked into.
import { z } from 'zod'
import type { Snapshot } from '../remote/zfs/dataset.ts'
import { parseZfsnapName } from '../remote/zfsnap.ts'
import { UsageError } from '../text/errors.ts'
import { earliestInstant, parseInstant } from '../text/time.ts'
import type { Flags } from './flags.ts'
import { isMoment } from './point-flags.ts'

export const mayDestroy = z.strictObject({
  /** These datasets, each with all below it, may lose what they wrote since their snapshot; null: any of the pool's. */
  datasets: z.array(z.string()).nullable(),
  /** Snapshots of those datasets that were made at or after this moment (ISO UTC) may go; null: none. */
  snapshotsSince: z.string().nullable(),
})

export type MayDestroy = z.infer<typeof mayDestroy>

/** A name's own time says from when on snapshots are newer than it. */
function sinceName(name: string, zone: string): string {
  const parsed = parseZfsnapName(name.slice(name.indexOf('@') + 1))
  if (parsed !== undefined) return earliestInstant(parsed.localTime, zone).toISOString()
  throw new UsageError(
    `--at ${name} tells no time, so a plan can't say what rolling back to it may destroy: give the time, as --at 2026-01-31T23:00:00Z`,
  )
}

/**
 * What `--at`, `--way` and `--dataset` may destroy at most.
 * @param pool the pool's name where the config tells it
 * @param zone the host's, in which zfsnap writes its names
 * @throws UsageError for a name that tells no time
 */
export function boundOf({ at, way, dataset }: Flags, pool: string | undefined, zone: string): MayDestroy {
  if (way !== 'rollback' || at === undefined || at === 'head') return { datasets: [], snapshotsSince: null }
  const whole = pool === undefined ? null : [pool]
  const datasets = dataset.length > 0 ? dataset : whole
  if (at === 'latest') return { datasets, snapshotsSince: null }
  return { datasets, snapshotsSince: isMoment(at) ? parseInstant(at).toISOString() : sinceName(at, zone) }
}

/** What of this is beyond the bound, by full name: datasets that would be rolled back, snapshots that would go. */
export function beyond(
  bound: MayDestroy,
  rolledBack: readonly string[],
  going: readonly Pick<Snapshot, 'dataset' | 'name' | 'createdAt'>[],
): string[] {
  const within = (dataset: string): boolean =>
    bound.datasets?.some((top) => dataset === top || dataset.startsWith(`${top}/`)) ?? true
  const recent = (at: string): boolean =>
    bound.snapshotsSince !== null && Date.parse(at) >= Date.parse(bound.snapshotsSince)
  return [
    ...rolledBack.filter((dataset) => !within(dataset)),
    ...going
      .filter((each) => !within(each.dataset) || !recent(each.createdAt))
      .map((each) => `${each.dataset}@${each.name}`),
  ]
}

/** The bound in words. */
export function boundText({ datasets, snapshotsSince }: MayDestroy): string {
  if (datasets !== null && datasets.length === 0) return 'destroys nothing'
  const where = datasets === null ? 'any dataset of the pool' : `${datasets.join(', ')} and what is below`
  const snapshots = snapshotsSince === null ? 'no snapshot' : `their snapshots made since ${snapshotsSince}`
  return `destroys at most what ${where} wrote since the chosen snapshots, and ${snapshots}`
}

/** How long the cloud stays in each passing state, in milliseconds. */
export interface Delays {
  readonly createMs: number
  readonly attachMs: number
  readonly detachMs: number
  readonly deleteMs: number
  readonly snapshotMs: number
  /** Into the archive tier, and back from it. */
  readonly archiveMs: number
  readonly restoreTierMs: number
  /** S3's RestoreObject. */
  readonly restoreObjectMs: number
  /** From pending to running, and from stopping to stopped. */
  readonly startMs: number
  readonly stopMs: number
  /** What the blocks of a volume's snapshot come at when no rate was asked for; null is at once. */
  readonly defaultInitializationMiBps: number | null
}

const none: Delays = {
  createMs: 10,
  attachMs: 10,
  detachMs: 10,
  deleteMs: 10,
  snapshotMs: 10,
  archiveMs: 10,
  restoreTierMs: 10,
  restoreObjectMs: 10,
  startMs: 10,
  stopMs: 10,
  defaultInitializationMiBps: null,
}

// Seconds as one sees them on AWS for small volumes. The default rate of initialization fluctuates there
// and is promised nowhere: 50 MiB/s is a guess that is slower than the slowest rate one can pay for.
// The ways out of the archives take up to 72 hours there, which nobody waits for in a lab.
const real: Delays = {
  createMs: 3000,
  attachMs: 2000,
  detachMs: 2500,
  deleteMs: 2000,
  snapshotMs: 8000,
  archiveMs: 60_000,
  restoreTierMs: 60_000,
  restoreObjectMs: 60_000,
  startMs: 12_000,
  stopMs: 15_000,
  defaultInitializationMiBps: 50,
}

export function delaysOf(kind: 'none' | 'real' | Delays): Delays {
  return kind === 'none' ? none : kind === 'real' ? real : kind
}

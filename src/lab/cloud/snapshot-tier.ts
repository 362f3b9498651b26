import type { Snapshot } from './state/resources.ts'

/** The tier that a snapshot is in at that moment: a restore for some days ends by itself. */
export function tierOf({ restoreExpiresAt, storageTier }: Snapshot, now: Date): 'standard' | 'archive' {
  return restoreExpiresAt !== null && now >= restoreExpiresAt ? 'archive' : storageTier
}

/** Whether it is on its way between the tiers. */
export function isMoving({ tiering }: Snapshot): boolean {
  return tiering !== null && tiering.endedAt === null
}

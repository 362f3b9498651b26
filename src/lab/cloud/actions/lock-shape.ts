import { instant } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { SnapshotLock } from '../state/resources.ts'

/** A snapshot's lock as LockSnapshot and DescribeLockedSnapshots show it. */
export function lockShape(snapshotId: string, lock: SnapshotLock, now: Date): XmlElements {
  return {
    snapshotId,
    lockState: lock.expiresAt > now ? 'governance' : 'expired',
    lockDuration: lock.durationDays,
    lockCreatedOn: instant(lock.createdAt),
    lockDurationStartTime: instant(lock.createdAt),
    lockExpiresOn: instant(lock.expiresAt),
  }
}

import { instant } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import { tierOf } from '../snapshot-tier.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Snapshot } from '../state/resources.ts'
import { tagSet } from '../tags.ts'

/** A snapshot as CreateSnapshot and DescribeSnapshots show it. */
export function snapshotShape(snapshot: Snapshot, state: CloudState): XmlElements {
  const now = state.now()
  return {
    snapshotId: snapshot.snapshotId,
    volumeId: snapshot.volumeId,
    status: snapshot.state,
    startTime: instant(snapshot.startedAt),
    progress: `${snapshot.progressPercent}%`,
    ownerId: snapshot.ownerId,
    volumeSize: snapshot.sizeGiB,
    description: snapshot.description,
    encrypted: snapshot.kms !== null,
    kmsKeyId: snapshot.kms === null ? undefined : keyArn(state.world.region, snapshot.ownerId),
    storageTier: tierOf(snapshot, now),
    restoreExpiryTime:
      snapshot.restoreExpiresAt === null || tierOf(snapshot, now) === 'archive'
        ? undefined
        : instant(snapshot.restoreExpiresAt),
    tagSet: tagSet(snapshot.tags),
  }
}

/** The one key of an account in the lab. */
function keyArn(region: string, accountId: string): string {
  return `arn:aws:kms:${region}:${accountId}:key/1ab0c0de-0000-4000-8000-000000000000`
}

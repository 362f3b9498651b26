import { instant } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { Snapshot } from '../state/resources.ts'
import { tagSet } from '../tags.ts'

/** A snapshot as CreateSnapshot and DescribeSnapshots show it. */
export function snapshotShape(snapshot: Snapshot): XmlElements {
  return {
    snapshotId: snapshot.snapshotId,
    volumeId: snapshot.volumeId,
    status: snapshot.state,
    startTime: instant(snapshot.startedAt),
    progress: `${snapshot.progressPercent}%`,
    ownerId: snapshot.ownerId,
    volumeSize: snapshot.sizeGiB,
    description: snapshot.description,
    encrypted: false,
    storageTier: snapshot.storageTier,
    tagSet: tagSet(snapshot.tags),
  }
}

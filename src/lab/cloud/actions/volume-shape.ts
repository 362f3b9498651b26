import { instant, items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { Attachment, Volume } from '../state/resources.ts'
import { tagSet } from '../tags.ts'

/** A volume as CreateVolume and DescribeVolumes show it. */
export function volumeShape(volume: Volume): XmlElements {
  const { attachment } = volume
  return {
    volumeId: volume.volumeId,
    size: volume.sizeGiB,
    // Empty, not absent, for a volume without a snapshot.
    snapshotId: volume.snapshotId ?? '',
    availabilityZone: volume.availabilityZone,
    status: volume.state,
    createTime: instant(volume.createdAt),
    attachmentSet: items(attachment === null ? [] : [attachmentShape(volume.volumeId, attachment)]),
    tagSet: tagSet(volume.tags),
    volumeType: volume.volumeType,
    iops: volume.iops ?? undefined,
    throughput: volume.throughputMiBps ?? undefined,
    encrypted: volume.encrypted,
    multiAttachEnabled: false,
    volumeInitializationRate: volume.initialization?.rateMiBps ?? undefined,
  }
}

/** An attachment as volumes show it and as AttachVolume and DetachVolume answer. */
export function attachmentShape(volumeId: string, attachment: Attachment): XmlElements {
  return {
    volumeId,
    instanceId: attachment.instanceId,
    device: attachment.device,
    status: attachment.state,
    attachTime: instant(attachment.attachedAt),
    deleteOnTermination: attachment.deleteOnTermination,
  }
}

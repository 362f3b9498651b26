import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findVolume } from '../find.ts'
import { pageOf } from '../pages.ts'
import { instant, items } from '../protocol/xml.ts'
import type { Attachment, Volume } from '../state/resources.ts'
import type { Action } from './action.ts'
import { volumeShape } from './volume-shape.ts'

const filters: FilterTable<Volume> = {
  'attachment.attach-time': ofAttachment((attachment) => instant(attachment.attachedAt)),
  'attachment.delete-on-termination': ofAttachment((attachment) => String(attachment.deleteOnTermination)),
  'attachment.device': ofAttachment((attachment) => attachment.device),
  'attachment.instance-id': ofAttachment((attachment) => attachment.instanceId),
  'attachment.status': ofAttachment((attachment) => attachment.state),
  'availability-zone': (volume) => [volume.availabilityZone],
  'create-time': (volume) => [instant(volume.createdAt)],
  encrypted: (volume) => [String(volume.encrypted)],
  'fast-restored': () => ['false'],
  'multi-attach-enabled': () => ['false'],
  size: (volume) => [String(volume.sizeGiB)],
  'snapshot-id': (volume) => [volume.snapshotId ?? ''],
  status: (volume) => [volume.state],
  'volume-id': (volume) => [volume.volumeId],
  'volume-type': (volume) => [volume.volumeType],
}

function ofAttachment(read: (attachment: Attachment) => string): (volume: Volume) => readonly string[] {
  return ({ attachment }) => (attachment === null ? [] : [read(attachment)])
}

/** Lists volumes with their attachments. */
export const describeVolumes: Action = {
  name: 'DescribeVolumes',
  parameters: ['Filter', 'MaxResults', 'NextToken', 'VolumeId'],
  resource: null,
  prepare({ parameters, state }) {
    const ids = parameters.texts('VolumeId')
    const asked = ids.length === 0 ? [...state.volumes.values()] : ids.map((id) => findVolume(state, id))
    const wanted = filterBy(readFilters(parameters), filters, (volume) => volume.tags)
    const page = pageOf(asked.filter(wanted), (volume) => volume.volumeId, parameters, {
      action: 'DescribeVolumes',
      min: 5,
      max: 1000,
      ids: { parameter: 'VolumeId', called: 'volumeSet' },
    })
    return () => ({ volumeSet: items(page.entries.map(volumeShape)), nextToken: page.nextToken })
  },
}

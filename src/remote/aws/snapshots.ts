// EBS snapshots as commands: listing, storage tiers, taking one.
import type {
  CreateSnapshotCommandInput,
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsCommandOutput,
  DescribeSnapshotTierStatusCommandOutput,
  Snapshot as SdkSnapshot,
} from '@aws-sdk/client-ec2'
import type { AwsCommand } from '../command.ts'
import { call, filters, tagList, tagsOf, type Tags } from './call.ts'

export interface EbsSnapshot {
  readonly snapshotId: string
  readonly volumeId: string
  /** ISO UTC: the moment whose blocks the snapshot holds. */
  readonly startedAt: string
  readonly sizeGiB: number
  readonly state: string
  readonly tier: string
  readonly encrypted: boolean
  /** The key's ARN, for an encrypted one. */
  readonly kmsKeyId: string | null
  /** How much of a pending one has arrived, in per cent. */
  readonly progress: number
  readonly ownerId: string
  readonly description: string
  readonly tags: Tags
}

const snapshotOf = (from: SdkSnapshot): EbsSnapshot => ({
  snapshotId: from.SnapshotId ?? '',
  volumeId: from.VolumeId ?? '',
  startedAt: from.StartTime?.toISOString() ?? '',
  sizeGiB: from.VolumeSize ?? 0,
  state: from.State ?? 'unknown',
  tier: from.StorageTier ?? 'standard',
  encrypted: from.Encrypted ?? false,
  kmsKeyId: from.KmsKeyId ?? null,
  progress: Number.parseInt(from.Progress ?? '', 10) || 0,
  ownerId: from.OwnerId ?? '',
  description: from.Description ?? '',
  tags: tagsOf(from.Tags),
})

/** The account's own snapshots that match; every page is fetched. */
export const describeSnapshots = (wanted: Readonly<Record<string, readonly string[]>>): AwsCommand<EbsSnapshot[]> => {
  const input: DescribeSnapshotsCommandInput = { OwnerIds: ['self'], Filters: filters(wanted), MaxResults: 1000 }
  return call('DescribeSnapshots', input, true, (output: DescribeSnapshotsCommandOutput) =>
    (output.Snapshots ?? []).map(snapshotOf),
  )
}

export const describeSnapshot = (snapshotId: string): AwsCommand<EbsSnapshot | undefined> =>
  call('DescribeSnapshots', { SnapshotIds: [snapshotId] }, true, (output: DescribeSnapshotsCommandOutput) =>
    output.Snapshots?.map(snapshotOf).at(0),
  )

/**
 * What was last asked to be done between the tiers, such as `temporary-restore-in-progress`, and how far it is in per
 * cent; undefined where nothing was.
 */
export const snapshotTiering = (snapshotId: string): AwsCommand<{ operation: string; progress: number } | undefined> =>
  call(
    'DescribeSnapshotTierStatus',
    { Filters: filters({ 'snapshot-id': [snapshotId] }) },
    true,
    (output: DescribeSnapshotTierStatusCommandOutput) => {
      const found = output.SnapshotTierStatuses?.at(0)
      const operation = found?.LastTieringOperationStatus
      return operation === undefined ? undefined : { operation, progress: found?.LastTieringProgress ?? 0 }
    },
  )

/** Takes a snapshot of a volume. It has no token: asked twice, it takes two. */
export const createSnapshot = (volumeId: string, description: string, tags: Tags): AwsCommand<EbsSnapshot> => {
  const input: CreateSnapshotCommandInput = {
    VolumeId: volumeId,
    Description: description,
    TagSpecifications: [{ ResourceType: 'snapshot', Tags: tagList(tags) }],
  }
  return call('CreateSnapshot', input, false, snapshotOf)
}

// EC2's calls as commands: what to send, and the reading of what comes back. Nothing is sent here.
import type {
  CreateVolumeCommandInput,
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsCommandOutput,
  DescribeVolumesCommandOutput,
  DescribeInstancesCommandOutput,
  DescribeInstanceTypesCommandOutput,
  Snapshot as SdkSnapshot,
  Tag,
  Volume as SdkVolume,
  VolumeType,
} from '@aws-sdk/client-ec2'
import { z } from 'zod'
import type { AwsCommand } from '../command.ts'

export type Tags = Readonly<Record<string, string>>

export interface EbsSnapshot {
  readonly snapshotId: string
  readonly volumeId: string
  /** ISO UTC: the moment whose blocks the snapshot holds. */
  readonly startedAt: string
  readonly sizeGiB: number
  readonly state: string
  readonly tier: string
  readonly encrypted: boolean
  readonly ownerId: string
  readonly description: string
  readonly tags: Tags
}

export interface Volume {
  readonly volumeId: string
  readonly state: string
  readonly sizeGiB: number
  readonly zone: string
  readonly type: string
  readonly snapshotId: string | null
  readonly multiAttach: boolean
  readonly attachments: readonly { readonly instanceId: string; readonly device: string; readonly state: string }[]
  readonly tags: Tags
}

export interface Instance {
  readonly instanceId: string
  readonly state: string
  readonly type: string
  readonly zone: string
  readonly tags: Tags
  /** What is attached: device name and volume. */
  readonly disks: readonly { readonly device: string; readonly volumeId: string }[]
}

const tagsOf = (tags: readonly Tag[] | undefined): Tags =>
  Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))

const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

const snapshotOf = (from: SdkSnapshot): EbsSnapshot => ({
  snapshotId: from.SnapshotId ?? '',
  volumeId: from.VolumeId ?? '',
  startedAt: from.StartTime?.toISOString() ?? '',
  sizeGiB: from.VolumeSize ?? 0,
  state: from.State ?? 'unknown',
  tier: from.StorageTier ?? 'standard',
  encrypted: from.Encrypted ?? false,
  ownerId: from.OwnerId ?? '',
  description: from.Description ?? '',
  tags: tagsOf(from.Tags),
})

const volumeOf = (from: SdkVolume): Volume => ({
  volumeId: from.VolumeId ?? '',
  state: from.State ?? 'unknown',
  sizeGiB: from.Size ?? 0,
  zone: from.AvailabilityZone ?? '',
  type: from.VolumeType ?? '',
  snapshotId: from.SnapshotId === undefined || from.SnapshotId === '' ? null : from.SnapshotId,
  multiAttach: from.MultiAttachEnabled ?? false,
  attachments: (from.Attachments ?? []).map((one) => ({
    instanceId: one.InstanceId ?? '',
    device: one.Device ?? '',
    state: one.State ?? 'unknown',
  })),
  tags: tagsOf(from.Tags),
})

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what the parser may expect
const call = <Output, T>(
  action: string,
  input: object,
  reads: boolean,
  parse: (output: Output) => T,
): AwsCommand<T> => ({
  kind: 'aws',
  service: 'ec2',
  action,
  input,
  reads,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's answer has the type its action is given here
  parse: (output) => parse(output as Output),
})

const filters = (wanted: Readonly<Record<string, readonly string[]>>): { Name: string; Values: string[] }[] =>
  Object.entries(wanted).map(([Name, values]) => ({ Name, Values: [...values] }))

const identity = z.object({ Account: z.string(), Arn: z.string() })

/** Who the credentials belong to (STS GetCallerIdentity: needs no permission). */
export const callerIdentity = (): AwsCommand<{ account: string; arn: string }> => ({
  kind: 'aws',
  service: 'sts',
  action: 'GetCallerIdentity',
  input: {},
  reads: true,
  parse: (output) => {
    const { Account, Arn } = identity.parse(output)
    return { account: Account, arn: Arn }
  },
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

export const describeVolumes = (wanted: Readonly<Record<string, readonly string[]>>): AwsCommand<Volume[]> =>
  call('DescribeVolumes', { Filters: filters(wanted) }, true, (output: DescribeVolumesCommandOutput) =>
    (output.Volumes ?? []).map(volumeOf),
  )

export const describeInstance = (instanceId: string): AwsCommand<Instance | undefined> =>
  call('DescribeInstances', { InstanceIds: [instanceId] }, true, (output: DescribeInstancesCommandOutput) => {
    const found = output.Reservations?.flatMap((reservation) => reservation.Instances ?? []).at(0)
    if (found === undefined) return undefined
    return {
      instanceId: found.InstanceId ?? '',
      state: found.State?.Name ?? 'unknown',
      type: found.InstanceType ?? '',
      zone: found.Placement?.AvailabilityZone ?? '',
      tags: tagsOf(found.Tags),
      disks: (found.BlockDeviceMappings ?? []).map((one) => ({
        device: one.DeviceName ?? '',
        volumeId: one.Ebs?.VolumeId ?? '',
      })),
    }
  })

/** What an instance type allows of EBS. `nvme` false: a Xen type, whose guest shows no serials. */
export interface EbsLimits {
  readonly attachments: number | null
  readonly nvme: boolean
}

export const describeInstanceType = (type: string): AwsCommand<EbsLimits> =>
  call('DescribeInstanceTypes', { InstanceTypes: [type] }, true, (output: DescribeInstanceTypesCommandOutput) => {
    const found = output.InstanceTypes?.at(0)
    return {
      attachments: found?.EbsInfo?.MaximumEbsAttachments ?? null,
      nvme: found?.EbsInfo?.NvmeSupport !== 'unsupported',
    }
  })

export interface NewVolume {
  readonly snapshotId: string
  readonly zone: string
  readonly type: VolumeType
  readonly sizeGiB: number
  /** MiB/s at which AWS fetches the blocks, 100 to 300; null: as they are read. */
  readonly initRate: number | null
  /** Chosen and journaled before the call: the same token never makes a second volume. */
  readonly clientToken: string
  readonly tags: Tags
}

export const createVolume = (wanted: NewVolume): AwsCommand<Volume> => {
  const input: CreateVolumeCommandInput = {
    SnapshotId: wanted.snapshotId,
    AvailabilityZone: wanted.zone,
    VolumeType: wanted.type,
    Size: wanted.sizeGiB,
    ...(wanted.initRate === null ? {} : { VolumeInitializationRate: wanted.initRate }),
    ClientToken: wanted.clientToken,
    TagSpecifications: [{ ResourceType: 'volume', Tags: tagList(wanted.tags) }],
  }
  return call('CreateVolume', input, false, volumeOf)
}

export const attachVolume = (volumeId: string, instanceId: string, device: string): AwsCommand<unknown> =>
  call('AttachVolume', { VolumeId: volumeId, InstanceId: instanceId, Device: device }, false, (output) => output)

export const detachVolume = (volumeId: string, instanceId: string): AwsCommand<unknown> =>
  call('DetachVolume', { VolumeId: volumeId, InstanceId: instanceId }, false, (output) => output)

export const deleteVolume = (volumeId: string): AwsCommand<unknown> => ({
  ...call('DeleteVolume', { VolumeId: volumeId }, false, (output) => output),
  destroys: [volumeId],
})

export const createTags = (resourceId: string, tags: Tags): AwsCommand<unknown> =>
  call('CreateTags', { Resources: [resourceId], Tags: tagList(tags) }, false, (output) => output)

export const deleteTags = (resourceId: string, keys: readonly string[]): AwsCommand<unknown> =>
  call('DeleteTags', { Resources: [resourceId], Tags: keys.map((Key) => ({ Key })) }, false, (output) => output)

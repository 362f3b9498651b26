// EC2's calls for volumes and instances as commands: what to send, and the reading of what comes back. Nothing is sent
// here.
import type {
  CreateVolumeCommandInput,
  DescribeVolumesCommandOutput,
  DescribeVolumeStatusCommandOutput,
  DescribeInstancesCommandOutput,
  DescribeInstanceTypesCommandOutput,
  Volume as SdkVolume,
  VolumeType,
} from '@aws-sdk/client-ec2'
import { z } from 'zod'
import type { AwsCommand } from '../command.ts'
import { call, filters, tagList, tagsOf, type Tags } from './call.ts'

export interface Attachment {
  readonly instanceId: string
  readonly device: string
  readonly state: string
  /** When the attaching began, ISO UTC. */
  readonly since: string
}

export interface Volume {
  readonly volumeId: string
  readonly state: string
  readonly sizeGiB: number
  readonly zone: string
  readonly type: string
  readonly snapshotId: string | null
  readonly multiAttach: boolean
  readonly encrypted: boolean
  readonly attachments: readonly Attachment[]
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
  /** Its public address, or its private one; null before it has any. */
  readonly address: string | null
  /** Why it is in its state, as AWS says it: above all why it has ended. */
  readonly reason: string | null
  /** The ARN of its instance profile: what it may do to AWS by itself. */
  readonly profile: string | null
  readonly groups: readonly string[]
}

/** Whether it has not been ended, and can't come to be as if it had not. */
export const isAlive = ({ state }: Pick<Instance, 'state'>): boolean => !/^(shutting-down|terminated)$/.test(state)

const volumeOf = (from: SdkVolume): Volume => ({
  volumeId: from.VolumeId ?? '',
  state: from.State ?? 'unknown',
  sizeGiB: from.Size ?? 0,
  zone: from.AvailabilityZone ?? '',
  type: from.VolumeType ?? '',
  snapshotId: from.SnapshotId === undefined || from.SnapshotId === '' ? null : from.SnapshotId,
  multiAttach: from.MultiAttachEnabled ?? false,
  encrypted: from.Encrypted ?? false,
  attachments: (from.Attachments ?? []).map((one) => ({
    instanceId: one.InstanceId ?? '',
    device: one.Device ?? '',
    state: one.State ?? 'unknown',
    since: one.AttachTime?.toISOString() ?? '',
  })),
  tags: tagsOf(from.Tags),
})

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

export const describeVolumes = (wanted: Readonly<Record<string, readonly string[]>>): AwsCommand<Volume[]> =>
  call('DescribeVolumes', { Filters: filters(wanted) }, true, (output: DescribeVolumesCommandOutput) =>
    (output.Volumes ?? []).map(volumeOf),
  )

const instancesOf = (output: DescribeInstancesCommandOutput): Instance[] =>
  (output.Reservations ?? [])
    .flatMap((reservation) => reservation.Instances ?? [])
    .map((found) => ({
      instanceId: found.InstanceId ?? '',
      state: found.State?.Name ?? 'unknown',
      type: found.InstanceType ?? '',
      zone: found.Placement?.AvailabilityZone ?? '',
      tags: tagsOf(found.Tags),
      disks: (found.BlockDeviceMappings ?? []).map((one) => ({
        device: one.DeviceName ?? '',
        volumeId: one.Ebs?.VolumeId ?? '',
      })),
      address: found.PublicIpAddress || found.PrivateIpAddress || null,
      reason: found.StateReason?.Message || null,
      profile: found.IamInstanceProfile?.Arn || null,
      groups: (found.SecurityGroups ?? []).map((group) => group.GroupId ?? ''),
    }))

export const describeInstance = (instanceId: string): AwsCommand<Instance | undefined> =>
  call('DescribeInstances', { InstanceIds: [instanceId] }, true, (output: DescribeInstancesCommandOutput) =>
    instancesOf(output).at(0),
  )

export const describeInstances = (wanted: Readonly<Record<string, readonly string[]>>): AwsCommand<Instance[]> =>
  call('DescribeInstances', { Filters: filters(wanted), MaxResults: 1000 }, true, instancesOf)

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
  /** Null: as large as the snapshot. */
  readonly sizeGiB: number | null
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
    ...(wanted.sizeGiB === null ? {} : { Size: wanted.sizeGiB }),
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
  ...discardVolume(volumeId),
  destroys: [volumeId],
})

/** Deletes a volume that AWS could not make: in state `error` it never held anything. */
export const discardVolume = (volumeId: string): AwsCommand<unknown> =>
  call('DeleteVolume', { VolumeId: volumeId }, false, (output) => output)

export const createTags = (resourceId: string, tags: Tags): AwsCommand<unknown> =>
  call('CreateTags', { Resources: [resourceId], Tags: tagList(tags) }, false, (output) => output)

export const deleteTags = (resourceId: string, keys: readonly string[]): AwsCommand<unknown> =>
  call('DeleteTags', { Resources: [resourceId], Tags: keys.map((Key) => ({ Key })) }, false, (output) => output)

/** How much of a volume's snapshot has arrived. AWS's numbers lag by up to five minutes. */
export interface Initialization {
  /** `none`: it was not made from a snapshot, or AWS does not say. */
  readonly state: 'none' | 'initializing' | 'completed'
  /** Per cent. */
  readonly progress: number
  /** Given only where a rate was asked for. */
  readonly estimatedSecondsLeft: number | null
  /** No rate was asked for: nobody promises when the rest arrives. */
  readonly ownPace: boolean
}

const notInitializing: Initialization = { state: 'none', progress: 100, estimatedSecondsLeft: null, ownPace: false }

/** Reads `InitializationStatusDetails` (EC2 API reference, DescribeVolumeStatus). */
export const initialization = (volumeId: string): AwsCommand<Initialization> =>
  call('DescribeVolumeStatus', { VolumeIds: [volumeId] }, true, (output: DescribeVolumeStatusCommandOutput) => {
    const details = output.VolumeStatuses?.at(0)?.InitializationStatusDetails
    const progress = details?.Progress
    if (details === undefined || progress === undefined) return notInitializing
    return {
      state: progress < 100 ? 'initializing' : 'completed',
      progress,
      estimatedSecondsLeft: details.EstimatedTimeToCompleteInSeconds ?? null,
      ownPace: details.InitializationType === 'default',
    }
  })

/**
 * The same call, only asking whether it would be allowed: AWS answers it with an error always, `DryRunOperation` where it
 * would have succeeded (EC2 API reference, "Common parameters").
 */
export const asDryRun = <T>(command: AwsCommand<T>): AwsCommand<unknown> =>
  call(command.action, { ...command.input, DryRun: true }, true, (output) => output)

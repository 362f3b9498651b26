// EBS snapshots of the lab's pool in which something is other than in the world's own.
import {
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  type EC2Client,
  type Volume,
} from '@aws-sdk/client-ec2'
import { vi } from 'vitest'
import type { World } from '../../src/lab/host/manifest.ts'
import type { Place } from './end-state.ts'

interface Lab extends Place {
  readonly ec2: EC2Client
  readonly world: World
}

const limits = { timeout: 120_000, interval: 50 }

const volume = async ({ ec2 }: Lab, VolumeId: string): Promise<Volume | undefined> =>
  (await ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))).Volumes?.[0]

/** Attaches a new volume that is made from a snapshot. @returns its id */
export async function attachCopy(lab: Lab, snapshotId: string, device: string): Promise<string> {
  const { availabilityZone, instanceId } = lab.world
  const made = await lab.ec2.send(
    new CreateVolumeCommand({ SnapshotId: snapshotId, AvailabilityZone: availabilityZone, VolumeType: 'gp3' }),
  )
  const VolumeId = made.VolumeId ?? ''
  await vi.waitUntil(async () => (await volume(lab, VolumeId))?.State === 'available', limits)
  await lab.ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId: instanceId, Device: device }))
  await vi.waitUntil(async () => (await volume(lab, VolumeId))?.Attachments?.[0]?.State === 'attached', limits)
  return VolumeId
}

/**
 * A snapshot of the newest one's pool after some lines were run on it, imported below /mnt as `tank`. The world is as
 * before, but for that snapshot. @returns its id
 */
export async function snapshotAfter(lab: Lab, lines: string): Promise<string> {
  const VolumeId = await attachCopy(lab, lab.world.snapshots.at(-1)?.snapshotId ?? '', '/dev/sdp')
  const node = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VolumeId.replace('-', '')}-part1`
  const imported = `zpool import -N -f -R /mnt -o cachefile=none -d ${node} tank`
  await lab.ssh(
    `timeout 30 sh -c 'until [ -e ${node} ]; do udevadm settle; sleep 0.1; done'; ${imported} && { ${lines}; } && zpool export tank && rm -rf --one-file-system /mnt/tank`,
  )
  const { SnapshotId = '' } = await lab.ec2.send(new CreateSnapshotCommand({ VolumeId }))
  const state = async () =>
    (await lab.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots?.[0]?.State
  await vi.waitUntil(async () => (await state()) === 'completed', limits)
  await lab.ec2.send(new DetachVolumeCommand({ VolumeId }))
  await vi.waitUntil(async () => (await volume(lab, VolumeId))?.State === 'available', limits)
  await lab.ec2.send(new DeleteVolumeCommand({ VolumeId }))
  return SnapshotId
}

// The pools that are imported on the host already, and the EBS volumes that they are on.
import { z } from 'zod'
import { describeVolumes, type Volume } from '../remote/aws/ec2.ts'
import { describeSnapshots } from '../remote/aws/snapshots.ts'
import { listDevices, missingNodes, volumeOfSerial, type Device } from '../remote/linux/disks.ts'
import { listPools, poolDevices } from '../remote/zfs/pool.ts'
import type { Run } from './step.ts'

/** A pool that was there before the run. */
export const poolThere = z.object({
  pool: z.string(),
  guid: z.string(),
  health: z.string(),
  /** Its EBS volumes; none where any of its devices is something else. */
  volumes: z.array(
    z.object({
      volumeId: z.string(),
      device: z.string(),
      /** The volume that the snapshot it was made from is of; null where it was made from none, or that is not known. */
      origin: z.string().nullable(),
    }),
  ),
  /** Its devices, as the kernel names them. */
  devices: z.array(z.string()),
})

export type PoolThere = z.infer<typeof poolThere>

/** The volume that a device is on; undefined where it is on none. */
function volumeIdOf(device: string, disks: readonly Device[]): string | undefined {
  const disk = disks.find((each) => each.path === device || each.children.some((part) => part.path === device))
  return disk?.serial === null || disk === undefined ? undefined : volumeOfSerial(disk.serial)
}

/** Of which volume each of these snapshots is. */
async function originsOf(run: Run, snapshotIds: readonly string[]): Promise<Map<string, string>> {
  if (snapshotIds.length === 0) return new Map()
  const found = await run.do(describeSnapshots({ 'snapshot-id': snapshotIds }))
  return new Map(found.map(({ snapshotId, volumeId }) => [snapshotId, volumeId]))
}

async function attachedHere(run: Run, instanceId: string): Promise<Map<string, Volume>> {
  const found = await run.do(describeVolumes({ 'attachment.instance-id': [instanceId] }))
  return new Map(found.map((volume) => [volume.volumeId, volume]))
}

/** Looks at every pool that is imported. Not to be asked where one is suspended: ZFS would hang. */
export async function poolsThere(run: Run, instanceId: string): Promise<PoolThere[]> {
  const pools = await run.do(listPools())
  if (pools.length === 0) return []
  const disks = await run.do(listDevices())
  const attached = await attachedHere(run, instanceId)
  const snapshotIds = [...attached.values()].flatMap(({ snapshotId }) => snapshotId ?? [])
  const origins = await originsOf(run, snapshotIds)
  const found: PoolThere[] = []
  for (const { name, guid, health } of pools) {
    const devices = await run.do(poolDevices(name))
    const volumes = devices.map((device) => attached.get(volumeIdOf(device, disks) ?? ''))
    const known = volumes.flatMap((volume) => volume ?? [])
    found.push({
      pool: name,
      guid,
      health,
      devices,
      volumes:
        known.length < devices.length
          ? []
          : known.map((volume) => ({
              volumeId: volume.volumeId,
              device: volume.attachments.find((one) => one.instanceId === instanceId)?.device ?? '',
              origin: origins.get(volume.snapshotId ?? '') ?? null,
            })),
    })
  }
  return found
}

/** The pools none of whose devices is there any more: ZFS may not have noticed, and say that they are ONLINE. */
export async function withoutDisks(run: Run, pools: readonly Pick<PoolThere, 'pool' | 'devices'>[]): Promise<string[]> {
  const devices = pools.flatMap((each) => each.devices)
  if (devices.length === 0) return []
  const missing = await run.do(missingNodes(devices))
  return pools
    .filter((each) => each.devices.length > 0 && each.devices.every((device) => missing.includes(device)))
    .map(({ pool }) => pool)
}

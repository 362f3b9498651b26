import { z } from 'zod'
import { listDevices, listIdLinks, serialOf, type Device } from '../remote/linux/disks.ts'
import { attachVolumeAction } from './attach-volume.ts'
import { labelBearer, newDisk } from './new-disk.ts'
import type { Action, Finding, Run } from './step.ts'
import { volumeChoice } from './volume.ts'

const before = z.object({
  serial: z.string(),
  /** The disks that were there before the volume was attached, where the new one bears no serial. */
  others: z.array(z.string()).nullable().default(null),
})

type Before = z.infer<typeof before>

const effect = z.object({
  /** The whole disk, such as /dev/nvme1n1: it may be called otherwise after a reboot. */
  disk: z.string(),
  sizeBytes: z.number(),
  /** The lasting name of the disk or partition that bears the ZFS label. */
  node: z.string(),
})

const bySerial = (devices: readonly Device[], serial: string): Device | undefined =>
  devices.find((device) => device.type === 'disk' && device.serial === serial)

/** The link that names the volume: udev makes several, and the one with the volume's id in it means the same tomorrow. */
async function lastingName(run: Run, device: string, serial: string): Promise<string> {
  return run.until(
    `udev to name ${device}`,
    async () => {
      const links = (await run.do(listIdLinks())).filter((each) => each.device === device && each.link.includes(serial))
      return links.find((each) => each.link.includes('Amazon_Elastic_Block_Store'))?.link ?? links[0]?.link
    },
    { withinMs: 60_000 },
  )
}

/** Of a disk without a serial the partition's own id lasts longest; a whole disk has but the name it got. */
async function anyName(run: Run, device: string): Promise<string> {
  const links = (await run.do(listIdLinks())).filter((each) => each.device === device)
  return links.find(({ link }) => link.includes('/by-partuuid/'))?.link ?? device
}

const find = (run: Run, devices: readonly Device[], { serial, others }: Before): Device | undefined =>
  others === null ? bySerial(devices, serial) : newDisk(run, devices, others, run.answer(volumeChoice).sizeGiB)

/** Finds the new disk on the host by the volume's id, and the node on it that bears the ZFS label. */
export const findDiskAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'find-disk',
  version: 1,
  needs: ['attach-volume'],
  title: 'find the disk on the host',
  why: "Letters and numbers of disks change from boot to boot; the serial of an EBS disk is its volume's id. Older instance types show no serials: there it is the one disk that was not there before, and its size has to be the volume's. When ZFS was given a whole disk it made a partition on it and put its label there, and a scan of the disk alone would find no pool and say so with exit code 0.",
  danger: 'none',
  before,
  effect,
  holdsUntil: 'inspect-pool',
  renews: true,
  commands: () => [listDevices(), listIdLinks()],
  survey: async (run) => ({
    serial: serialOf(run.effect(attachVolumeAction).volumeId),
    others: run.before(attachVolumeAction).disks,
  }),
  find: async () => ({ state: 'absent' }),
  async perform(run, stood) {
    const disk = await run.until(
      stood.others === null ? `the host to see a disk with serial ${stood.serial}` : 'the host to see a new disk',
      async () => find(run, await run.do(listDevices()), stood),
      { withinMs: 120_000 },
    )
    const partitions = async () => find(run, await run.do(listDevices()), stood)?.children ?? []
    const bearer = await labelBearer(run, disk, partitions)
    const node = await (stood.others === null ? lastingName(run, bearer.path, stood.serial) : anyName(run, bearer.path))
    return { disk: disk.path, sizeBytes: disk.size, node }
  },
  async verify(run, stood, { disk }): Promise<Finding[]> {
    const now = find(run, await run.do(listDevices()), stood)
    const which = stood.others === null ? `the disk with serial ${stood.serial}` : 'the new disk'
    return now?.path === disk ? [] : [{ level: 'error', message: `${which} is ${now?.path ?? 'gone'}, not ${disk}` }]
  },
}

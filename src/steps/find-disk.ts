import { z } from 'zod'
import { listDevices, listIdLinks, serialOf, type Device } from '../remote/linux/disks.ts'
import { readLabel } from '../remote/zfs/pool.ts'
import { Refused } from '../text/errors.ts'
import { attachVolumeAction } from './attach-volume.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({ serial: z.string() })

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

async function labelBearer(run: Run, disk: Device): Promise<Device> {
  // ZFS puts its label on the first partition when it was given a whole disk, else on what it was given.
  for (const candidate of [...disk.children, disk]) {
    if ((await run.do(readLabel(candidate.path))) !== undefined) return candidate
  }
  throw new Refused({
    code: 'no-zfs-label',
    message: `${disk.path} bears no ZFS label: the EBS snapshot it was made from holds no pool`,
    notChanged: ['the disk was only read'],
  })
}

/** Finds the new disk on the host by the volume's id, and the node on it that bears the ZFS label. */
export const findDiskAction: Action<z.infer<typeof before>, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'find-disk',
  version: 1,
  needs: ['attach-volume'],
  title: 'find the disk on the host',
  why: "Letters and numbers of disks change from boot to boot; the serial of an EBS disk is its volume's id. When ZFS was given a whole disk it made a partition on it and put its label there, and a scan of the disk alone would find no pool and say so with exit code 0.",
  danger: 'none',
  before,
  effect,
  holdsUntil: 'inspect-pool',
  renews: true,
  commands: () => [listDevices(), listIdLinks()],
  survey: async (run) => ({ serial: serialOf(run.effect(attachVolumeAction).volumeId) }),
  find: async () => ({ state: 'absent' }),
  async perform(run, { serial }) {
    const disk = await run.until(
      `the host to see a disk with serial ${serial}`,
      async () => bySerial(await run.do(listDevices()), serial),
      {
        withinMs: 120_000,
      },
    )
    const bearer = await labelBearer(run, disk)
    return { disk: disk.path, sizeBytes: disk.size, node: await lastingName(run, bearer.path, serial) }
  },
  async verify(run, { serial }, { disk }): Promise<Finding[]> {
    const now = bySerial(await run.do(listDevices()), serial)
    return now?.path === disk
      ? []
      : [{ level: 'error', message: `the disk with serial ${serial} is ${now?.path ?? 'gone'}, not ${disk}` }]
  },
}

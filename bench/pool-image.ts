// Pools with many snapshots, as images of disks. To make one takes longer than to measure with it, so each is kept.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheDir } from '../src/commands/options.ts'
import { serialOf } from '../src/remote/linux/disks.ts'
import { makeMany, manyDatasets, manyHours } from '../test/rig/many-snapshots.ts'
import type { Rig } from '../test/rig/rig.ts'

/** The datasets of a pool below its own, and how many snapshots each has. */
export interface Size {
  readonly datasets: number
  readonly hours: number
}

/** `100x100`: so many datasets with so many snapshots each; undefined for what is no size. */
export function sizeOf(text: string): Size | undefined {
  const [, datasets, hours] = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/.exec(text) ?? []
  return datasets === undefined ? undefined : { datasets: Number(datasets), hours: Number(hours) }
}

const volumeId = 'vol-00000000000000b16'
const disk = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${serialOf(volumeId)}`

const imageOf = ({ datasets, hours }: Size): string =>
  join(cacheDir({}, process.env), 'bench', `tank-${datasets}x${hours}.img`)

export const isKept = (size: Size): boolean => existsSync(imageOf(size))

async function ssh(rig: Rig, line: string): Promise<string> {
  const { code, stdout, stderr } = await rig.vm.run(line, { timeoutMs: 3_600_000 })
  if (code !== 0) throw new Error(`the host ended "${line}" with ${code}: ${stderr}`)
  return stdout
}

async function attached(rig: Rig, image: string, work: () => Promise<void>): Promise<void> {
  await rig.vm.instance.attach(image, volumeId)
  try {
    await ssh(rig, 'udevadm settle')
    await work()
  } finally {
    await rig.vm.run('! zpool list tank >/dev/null 2>&1 || zpool export -f tank', { timeoutMs: 600_000 })
    await rig.vm.instance.detach(volumeId)
  }
}

/** Makes the image of a pool, unless there is one. One that was begun is gone on with. */
export async function keepImage(rig: Rig, size: Size): Promise<void> {
  if (isKept(size)) return
  const image = imageOf(size)
  const begun = `${image}.part`
  await mkdir(join(image, '..'), { recursive: true })
  execFileSync('truncate', ['--size=4G', begun])
  await attached(rig, begun, async () => {
    const create = `zpool create -f -o ashift=9 -O mountpoint=/tank -O canmount=off -O atime=off -R /mnt tank ${disk}`
    await ssh(rig, `zpool import -N -f -d ${disk}-part1 tank 2>/dev/null || ${create}`)
    await makeMany(rig.vm, ['tank', ...manyDatasets('tank', size.datasets)], manyHours(size.hours))
  })
  await rename(begun, image)
}

/** Does something with a copy of such a pool, imported on the host and mounted nowhere. */
export async function withPool(rig: Rig, size: Size, work: () => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'lifeboat-bench-'))
  const copy = join(dir, 'pool.img')
  try {
    execFileSync('cp', ['--sparse=always', '--reflink=auto', imageOf(size), copy])
    await attached(rig, copy, async () => {
      await ssh(rig, `zpool import -N -f -d ${disk}-part1 tank`)
      await work()
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

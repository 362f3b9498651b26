// Which disk an imported pool is on: copies of a pool look alike, and have the same GUID.
import { listIdLinks } from '../remote/linux/disks.ts'
import { poolDevices } from '../remote/zfs/pool.ts'
import type { Run } from './step.ts'

/** The devices that an imported pool uses, and the one that it should. */
export async function devicesOf(run: Run, pool: string, node: string) {
  const used = await run.do(poolDevices(pool))
  const link = (await run.do(listIdLinks())).find((each) => each.link === node)
  // A disk that has no lasting name is known by the one it has.
  const wanted = link?.device ?? (node.startsWith('/dev/disk/') ? undefined : node)
  return { used, wanted }
}

/** Says so when the one that is imported is not on our disk. */
export async function otherDisk(run: Run, pool: string, node: string): Promise<string | undefined> {
  const { used, wanted } = await devicesOf(run, pool, node)
  return wanted !== undefined && used.includes(wanted)
    ? undefined
    : `the pool ${pool} uses ${used[0] ?? 'no disk'}, not ${wanted ?? node}`
}

// The disks of a pool: what they are called, and how they are.
import { diskOf, partitionOf } from './label.ts'
import type { Host, Imported, Leaf, Pool, Vdev } from './model.ts'

export const leavesOf = (pool: Pool): Leaf[] => pool.vdevs.flatMap((vdev) => vdev.leaves)

export type Health = 'ONLINE' | 'DEGRADED' | 'UNAVAIL'

export function vdevHealth(vdev: Vdev, missing: ReadonlySet<string>): Health {
  const gone = vdev.leaves.filter((leaf) => missing.has(leaf.guid)).length
  return gone === 0 ? 'ONLINE' : gone === vdev.leaves.length ? 'UNAVAIL' : 'DEGRADED'
}

export function vdevsHealth(vdevs: readonly Vdev[], missing: ReadonlySet<string>): Health {
  const all = vdevs.map((vdev) => vdevHealth(vdev, missing))
  return all.includes('UNAVAIL') ? 'UNAVAIL' : all.includes('DEGRADED') ? 'DEGRADED' : 'ONLINE'
}

/** As `zpool list` has it: a suspended pool is that. */
export const poolHealth = (imported: Imported): string =>
  imported.suspended ? 'SUSPENDED' : vdevsHealth(imported.pool.vdevs, imported.missing)

/** The device node itself, links resolved. */
function nodeOf(host: Host, path: string): string {
  const found = diskOf(host.kernel, path)
  if (found === undefined) return path
  return found.partition === null ? found.disk.device : partitionOf(found.disk.device, found.partition)
}

/** What a disk of a pool is called: `-P` is the whole path with its partition, `-L` the device node. */
export function leafName(host: Host, leaf: Leaf, how: { readonly path: boolean; readonly resolved: boolean }): string {
  const path = how.resolved ? nodeOf(host, leaf.path) : leaf.path
  if (how.path) return path
  const name = path.slice(path.lastIndexOf('/') + 1)
  return leaf.wholeDisk ? name.replace(/-part1$|(?<=\d)p1$|(?<=[a-z])1$/, '') : name
}

export const mirrorName = (pool: Pick<Pool, 'vdevs'>, vdev: Vdev): string => `mirror-${pool.vdevs.indexOf(vdev)}`

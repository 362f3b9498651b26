// Which pools there are on the disks that a host has: what `zpool import` looks for.
import { diskOf, labelIn, linksOf, partitionOf, poolIn, type Label } from './label.ts'
import type { Host, Leaf, Pool } from './model.ts'

/** A pool that could be imported. */
export interface Candidate {
  /** Of the disk that was written last. */
  readonly label: Label
  /** Undefined where what is behind the label is damaged. */
  readonly pool: Pool | undefined
  /** Leaves by GUID, with the nodes where they were found. */
  readonly found: ReadonlyMap<string, string>
  readonly missing: ReadonlySet<string>
}

interface Found {
  readonly label: Label
  readonly text: string
  readonly node: string
}

const leafOf = (label: Label): Leaf | undefined =>
  label.vdevs.flatMap((vdev) => vdev.leaves).find((leaf) => leaf.guid === label.leaf)

/** The labels on nodes, each under the name by which it was looked for. */
function labelsOn(host: Host, directories: readonly string[]): Found[] {
  return host.kernel.disks().flatMap((disk) => {
    const text = disk.read()
    const label = labelIn(text)
    const leaf = label && leafOf(label)
    if (label === undefined || leaf === undefined) return []
    // A disk that has become shorter has lost the pool's end.
    const partition = leaf.wholeDisk ? 1 : (diskOf(host.kernel, leaf.path)?.partition ?? null)
    const inside = (name: string): string => (partition === null ? name : partitionOf(name, partition))
    const names = [disk.device, ...linksOf(disk)].map(inside)
    const node =
      directories.length === 0
        ? // By the name it had last, where that leads to this disk now.
          (names.find((name) => name === leaf.path) ?? names[0])
        : names.find((name) =>
            directories.some(
              (where) => where === name || name.slice(0, name.lastIndexOf('/')) === where.replace(/\/$/, ''),
            ),
          )
    return node === undefined ? [] : [{ label, text, node }]
  })
}

/** The pools that are found, whether they are imported already or not. @param directories of `-d`; none: everywhere */
export function scan(host: Host, directories: readonly string[]): Candidate[] {
  const byPool = Map.groupBy(labelsOn(host, directories), ({ label }) => label.guid)
  return Array.from(byPool.values(), (all): Candidate | undefined => {
    const newest = all.toSorted((a, b) => a.label.txg - b.label.txg).at(-1)
    if (newest === undefined) return undefined
    const { label, text } = newest
    const found = new Map(all.map((each) => [each.label.leaf, each.node]))
    const leaves = label.vdevs.flatMap((vdev) => vdev.leaves)
    const missing = new Set(leaves.map((leaf) => leaf.guid).filter((guid) => !found.has(guid)))
    for (const leaf of leaves) {
      const disk = diskOf(host.kernel, found.get(leaf.guid) ?? '')?.disk
      if (disk !== undefined && disk.sizeBytes < leaf.sizeBytes) missing.add(leaf.guid)
    }
    return { label, pool: poolIn(text, label), found, missing }
  })
    .filter((each) => each !== undefined && each.label.state !== 'destroyed')
    .filter((each) => each !== undefined)
}

/** Whether another host has the pool, as far as its label tells. */
export const inUseElsewhere = (host: Host, { label }: Candidate): boolean =>
  label.state === 'active' && label.hostid !== host.kernel.hostid

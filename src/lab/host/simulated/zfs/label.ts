// What is on a disk of a pool (zdb(8) -l). A copy of the disk's image has the same.
import { z } from 'zod'
import type { Kernel } from '../kernel.ts'
import { bodyText, readBody } from './image.ts'
import type { Host, Imported, Pool } from './model.ts'

const leafSchema = z.object({ guid: z.string(), path: z.string(), wholeDisk: z.boolean(), sizeBytes: z.number() })

const labelSchema = z.object({
  format: z.literal('a zfs label of the lab, 1'),
  name: z.string(),
  guid: z.string(),
  /** Of the last write. */
  txg: z.number(),
  txgMs: z.number(),
  state: z.enum(['active', 'exported', 'destroyed']),
  hostid: z.string(),
  hostname: z.string(),
  /** When it was last written, in milliseconds. */
  atMs: z.number(),
  /** The leaf vdev that this disk is. */
  leaf: z.string(),
  vdevs: z.array(z.object({ kind: z.enum(['disk', 'mirror']), guid: z.string(), leaves: z.array(leafSchema) })),
})

/** A disk's label: the pool it belongs to, and who had it last. */
export type Label = z.infer<typeof labelSchema>

/** The label in what is on a disk; undefined where there is none, or none that can be read. */
export function labelIn(text: string): Label | undefined {
  const end = text.indexOf('\n')
  if (end === -1) return undefined
  try {
    return labelSchema.safeParse(JSON.parse(text.slice(0, end))).data
  } catch {
    return undefined
  }
}

/** The pool on a disk with this label; undefined where what is behind the label is damaged. */
export function poolIn(text: string, label: Label): Pool | undefined {
  try {
    const body = readBody(text.slice(text.indexOf('\n') + 1))
    return { name: label.name, guid: label.guid, txg: label.txg, txgMs: label.txgMs, vdevs: label.vdevs, ...body }
  } catch {
    return undefined
  }
}

/** Writes the whole pool to those of its disks that are there. */
export function writePool(host: Host, imported: Imported, state: Label['state']): void {
  if (imported.readonly || imported.suspended) return
  const { pool } = imported
  const body = bodyText(pool)
  for (const leaf of pool.vdevs.flatMap((vdev) => vdev.leaves)) {
    if (imported.missing.has(leaf.guid)) continue
    const label: Label = {
      format: 'a zfs label of the lab, 1',
      // A temporary name is only this host's.
      name: pool.name,
      guid: pool.guid,
      txg: pool.txg,
      txgMs: pool.txgMs,
      state,
      hostid: host.kernel.hostid,
      hostname: host.hostname(),
      atMs: host.kernel.now().getTime(),
      leaf: leaf.guid,
      vdevs: pool.vdevs.map((vdev) => ({ ...vdev, leaves: [...vdev.leaves] })),
    }
    diskOf(host.kernel, leaf.path)?.disk.write(`${JSON.stringify(label)}\n${body}\n`)
  }
}

/** A disk and which partition of it a device node is; null is the whole disk. */
export interface Node {
  readonly disk: ReturnType<Kernel['disks']>[number]
  readonly partition: number | null
}

/** The disk behind a device node, or a link to it below /dev/disk/by-id. */
export function diskOf(kernel: Kernel, path: string): Node | undefined {
  for (const disk of kernel.disks()) {
    for (const name of [disk.device, ...linksOf(disk)]) {
      if (path === name) return { disk, partition: null }
      const partition = path.startsWith(name) ? /^(?:-part|p)?(\d{1,2})$/.exec(path.slice(name.length))?.[1] : undefined
      if (partition !== undefined && path === partitionOf(name, Number(partition)))
        return { disk, partition: Number(partition) }
    }
  }
  return undefined
}

/** The links of a whole disk below /dev/disk/by-id; the first is the one that people use. */
export const linksOf = ({ device, serial }: { device: string; serial: string | null }): string[] =>
  serial === null
    ? []
    : device.startsWith('/dev/nvme')
      ? [`Amazon_Elastic_Block_Store_${serial}`, `Amazon_Elastic_Block_Store_${serial}_1`].map(
          (each) => `/dev/disk/by-id/nvme-${each}`,
        )
      : [`/dev/disk/by-id/virtio-${serial}`]

/** A partition's node, or the link to it. */
export const partitionOf = (name: string, partition: number): string =>
  name.startsWith('/dev/disk/') ? `${name}-part${partition}` : `${name}${/\d$/.test(name) ? 'p' : ''}${partition}`

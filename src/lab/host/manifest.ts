// What the set-up wrote down about the lab's world: ids, times, and what the data was at each point.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const instant = z.iso.datetime()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

export const contentsSchema = z.object({
  /** Of /tank/chat/messages.log. */
  messagesSha256: sha256,
  /** Of /tank/home/alice/notes.txt. */
  notesSha256: sha256,
  /** Lines of messages.log. */
  records: z.number().int().positive(),
  newestRecordAt: instant,
})

export const hourlySchema = contentsSchema.extend({
  /** The part after the @, the same on every dataset: `2026-03-28_12.00.00--1w`. */
  snapshot: z.string(),
  at: instant,
})

const diskImageSchema = z.object({
  snapshotId: z.string().regex(/^snap-[0-9a-f]{17}$/),
  /** The evening's copy was made with the pool in use. */
  startedAt: instant,
  /** In the manifest's file a name in its folder; `readWorld` makes it absolute. */
  image: z.string(),
  /** The data as the disk's head has it: newer than its newest hourly snapshot. */
  head: contentsSchema,
})

const worldSchema = z.object({
  builtAt: instant,
  /** When the volume was lost: a full minute. */
  incidentAt: instant,
  availabilityZone: z.string(),
  instanceId: z.string(),
  /** It no longer exists. */
  originalVolumeId: z.string(),
  sizeGiB: z.number().int().positive(),
  pool: z.string(),
  /** Decimal, as `zpool` prints it: it does not fit a number. */
  poolGuid: z.string().regex(/^\d+$/),
  /** 8 hexadecimal digits, as `hostid` prints it. */
  hostid: z.string().regex(/^[0-9a-f]{8}$/),
  /** Oldest first. */
  snapshots: z.array(diskImageSchema).min(1),
  /** Every hourly snapshot up to the incident, oldest first. An image has those that are older than it. */
  hourlies: z.array(hourlySchema),
})

export type World = Readonly<z.infer<typeof worldSchema>>
export type Hourly = Readonly<z.infer<typeof hourlySchema>>
export type Contents = Readonly<z.infer<typeof contentsSchema>>
export type DiskImage = Readonly<z.infer<typeof diskImageSchema>>

export const manifestFile = 'world.json'

/** @throws when the folder holds no manifest, or one of another form. */
export async function readManifest(folder: string): Promise<World> {
  const world = worldSchema.parse(JSON.parse(await readFile(join(folder, manifestFile), 'utf8')))
  return { ...world, snapshots: world.snapshots.map((each) => ({ ...each, image: join(folder, each.image) })) }
}

// The world of a simulated host: a pool that has lived through a week, its disk as it was on four evenings, and then gone.
import { createHash } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { weekBefore } from '../../calendar.ts'
import { manifestFile, type DiskImage, type World } from '../../manifest.ts'
import { beginLiving } from './living.ts'
import { weekOf } from './week.ts'

const originalVolumeId = 'vol-0a1b2c3d4e5f60718'
const pool = 'tank'
const sizeGiB = 1

export interface WorldOptions {
  readonly nowMs: number
  /** The same seed and time make the same people write the same words. */
  readonly seed: number
  /** Of the host's clocks, and so of the names of snapshots: an IANA name. */
  readonly timeZone: string
  /** Whether zfsnap rounds its names down to the minute (`-z`), or the second at which cron came to it is in them. */
  readonly roundsNames: boolean
}

/** A file as long as the disk, with its contents at the beginning. */
async function writeImage(path: string, text: string, bytes: number): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.truncate(bytes)
  } finally {
    await file.close()
  }
}

const snapshotIdOf = (eveningsAgo: number): string =>
  `snap-0${createHash('sha256').update(`${originalVolumeId} ${eveningsAgo}`).digest('hex').slice(0, 16)}`

const label = z.object({ guid: z.string() })

/**
 * Fills a folder with the manifest and the evenings' images. The disk at the incident is `last.img`: a world whose volume
 * is not lost has it.
 */
export async function makeWorld(folder: string, { nowMs, seed, timeZone, roundsNames }: WorldOptions): Promise<World> {
  await mkdir(folder, { recursive: true })
  const hostid = createHash('sha256').update(`host ${seed}`).digest('hex').slice(0, 8)
  const serial = originalVolumeId.replace('-', '')
  const bytes = sizeGiB * 1024 ** 3
  const living = beginLiving({ serial, sizeBytes: bytes, hostid, timeZone })
  const calendar = weekBefore(nowMs)
  const week = weekOf(living, pool, { seed, timeZone, roundsNames })
  week.begin(calendar.beginMs, serial)
  const snapshots: DiskImage[] = []
  for (const [at, eveningMs] of calendar.eveningsMs.entries()) {
    week.until(eveningMs)
    const image = join(folder, `evening-${at + 1}.img`)
    await writeImage(image, living.image(), bytes)
    snapshots.push({
      snapshotId: snapshotIdOf(calendar.eveningsMs.length - at),
      startedAt: new Date(eveningMs + 4000).toISOString(),
      image,
      head: week.contents(),
    })
  }
  week.until(calendar.incidentMs)
  const last = living.image()
  await writeImage(join(folder, 'last.img'), last, bytes)
  const world: World = {
    builtAt: new Date(nowMs).toISOString(),
    incidentAt: new Date(calendar.incidentMs).toISOString(),
    availabilityZone: 'us-east-1a',
    instanceId: 'i-0c7e1f2a3b4d5e6f7',
    originalVolumeId,
    sizeGiB,
    pool,
    poolGuid: label.parse(JSON.parse(last.slice(0, last.indexOf('\n')))).guid,
    hostid,
    snapshots,
    hourlies: [...week.hourlies],
  }
  await writeFile(join(folder, manifestFile), `${JSON.stringify(world, null, 1)}\n`)
  return world
}

import { constants, copyFile, mkdir, open, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

const bytesPerGiB = 1024 ** 3

/** The disk images of the volumes and snapshots that this cloud makes: sparse raw files in one folder. */
export class Disks {
  readonly #dir: string
  readonly #made = new Set<string>()
  readonly #copying = new Map<string, Set<Promise<void>>>()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Where the image of a volume or snapshot goes. */
  pathOf(id: string): string {
    return join(this.#dir, `${id}.img`)
  }

  /** An empty disk, or a copy of `source` that is as long as the disk it now belongs to. */
  async make(path: string, source: string | null, sizeGiB: number): Promise<void> {
    this.#made.add(path)
    const copied = this.#fill(path, source, sizeGiB)
    const users = this.#users(source ?? path)
    users.add(copied)
    try {
      await copied
    } finally {
      users.delete(copied)
    }
  }

  /** Removes an image, after those who copy from it are done. Images that the world brought are not ours to remove. */
  async remove(path: string | null): Promise<void> {
    if (path === null || !this.#made.has(path)) return
    await Promise.allSettled(this.#users(path))
    this.#copying.delete(path)
    await rm(path, { force: true })
    this.#made.delete(path)
  }

  /** Removes all images, after the copies that are still being made. */
  async removeAll(): Promise<void> {
    await Promise.allSettled([...this.#copying.values()].flatMap((users) => [...users]))
    await Promise.all([...this.#made].map((path) => this.remove(path)))
  }

  async #fill(path: string, source: string | null, sizeGiB: number): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    if (source === null) await (await open(path, 'wx')).close()
    else await copySparse(source, path)
    // Only ever longer: an image may be larger than the round number of GiB that the API speaks of.
    const bytes = sizeGiB * bytesPerGiB
    if ((await stat(path)).size < bytes) await truncate(path, bytes)
  }

  #users(path: string): Set<Promise<void>> {
    const users = this.#copying.get(path) ?? new Set()
    this.#copying.set(path, users)
    return users
  }
}

// Images are mostly holes, which copyFile would fill on most of Linux's file systems; cp keeps them.
// macOS has no such cp, but its file system clones.
async function copySparse(from: string, to: string): Promise<void> {
  if (process.platform === 'linux') await execa('cp', ['--reflink=auto', '--sparse=always', '--', from, to])
  else await copyFile(from, to, constants.COPYFILE_FICLONE)
}

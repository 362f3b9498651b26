// Makes a pool with a past: what it is on its disk after weeks of life, for the worlds of the lab.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path/posix'
import type { Meta } from '../file-tree.ts'
import type { Kernel, Mount } from '../kernel.ts'
import { createZfs } from './create-zfs.ts'

export interface PastPoolOptions {
  /** Eight hexadecimal digits: who has the pool last. */
  readonly hostid: string
  readonly hostname: string
  /** Of the volume that it is on: `vol0a1b2c3d4e5f60718`. */
  readonly serial: string
  readonly sizeBytes: number
  /** Its GUIDs come from this, and are the same each time. */
  readonly seed: string
}

export interface PastPool {
  /** From now on it is this time, in milliseconds. */
  at(ms: number): void
  /** Runs `zfs` with these words. @throws where that fails */
  zfs(words: readonly string[], stdin?: string): string
  zpool(words: readonly string[], stdin?: string): string
  /** Puts a file into a dataset, with the directories above it: root's and 0644 unless `meta` says otherwise. */
  write(dataset: string, path: string, content: string | Uint8Array, meta?: Partial<Meta>): void
  remove(dataset: string, path: string): void
  /** The host has this file now, such as a key. */
  file(path: string, content: string): void
  /** What is on the disk as an EBS snapshot takes it now: the pool goes on. */
  image(): string
}

/** The device node of the disk, to make the pool on. */
export const pastDevice = '/dev/nvme1n1'

/** A host with one empty disk, whose clock goes where it is told. */
export function pastPool(options: PastPoolOptions): PastPool {
  let nowMs = 0
  let onDisk = ''
  let drawn = 0
  const mounts: Mount[] = []
  const files = new Map([['/etc/hostname', `${options.hostname}\n`]])
  const disk = {
    device: pastDevice,
    serial: options.serial,
    sizeBytes: options.sizeBytes,
    read: () => onDisk,
    write: (text: string) => void (onDisk = text),
  }
  const kernel: Kernel = {
    now: () => new Date(nowMs),
    timeZone: () => 'Etc/UTC',
    hostid: options.hostid,
    disks: () => [disk],
    mounts: () => mounts,
    mount: (mount) => void mounts.push(mount),
    unmount(target) {
      const index = mounts.findLastIndex((each) => each.target === target)
      if (index === -1) return 'not mounted'
      mounts.splice(index, 1)
      return 'unmounted'
    },
    isEmpty: () => true,
    processes: () => [],
    readFile(path) {
      const content = files.get(path)
      return content === undefined ? undefined : new TextEncoder().encode(content)
    },
    random: (bytes) => createHash('sha512').update(`${options.seed} ${drawn++}`).digest().subarray(0, bytes),
  }
  const zfs = createZfs(kernel)
  const run =
    (tool: 'zfs' | 'zpool') =>
    (words: readonly string[], stdin = '') => {
      const { exitCode, stdout, stderr } = zfs[tool](words, stdin)
      if (exitCode !== 0 || stderr !== '') throw new Error(`${tool} ${words.join(' ')}: ${exitCode}: ${stderr}`)
      return stdout
    }
  const treeOf = (dataset: string) => {
    const tree = zfs.filesOf(dataset)
    if (tree === undefined) throw new Error(`there is no dataset ${dataset}`)
    return tree
  }
  return {
    at: (ms) => void (nowMs = ms),
    zfs: run('zfs'),
    zpool: run('zpool'),
    write(dataset, path, content, meta = {}) {
      const tree = treeOf(dataset)
      const own = { uid: 0, gid: 0, mtimeMs: nowMs, ...meta }
      for (let above = dirname(path); !tree.has(above); above = dirname(above))
        tree.set(above, { kind: 'directory', ...own, mode: 0o755 })
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      tree.set(path, { kind: 'file', mode: 0o644, ...own, content: bytes })
    },
    remove: (dataset, path) => void treeOf(dataset).delete(path),
    file: (path, content) => void files.set(path, content),
    image() {
      zfs.sync()
      return onDisk
    },
  }
}

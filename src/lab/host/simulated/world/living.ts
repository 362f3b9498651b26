// A host as far as a pool needs one, on a clock that is set: what it lives through becomes the history of a disk.
import { createHash, randomBytes } from 'node:crypto'
import type { FileTree, Inode } from '../file-tree.ts'
import type { Disk, Kernel, Mount, SimulatedZfs } from '../kernel.ts'
import { createZfs } from '../zfs/create-zfs.ts'

/** Who a file belongs to, by number. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

export const root: Owner = { uid: 0, gid: 0 }

/** A pool that is lived with. */
export interface Living {
  /** Sets the clock (ms since 1970). */
  setClock(ms: number): void
  /** One zfs or zpool command. @throws Error when it fails */
  run(tool: 'zfs' | 'zpool', ...args: string[]): void
  /** Adds lines to a file of a mounted dataset; makes it, and the folders above it, where there is none. */
  append(path: string, lines: readonly string[], owner?: Owner): void
  read(path: string): Uint8Array
  /** The bits and the owner of what is there. */
  own(path: string, mode: number, owner: Owner): void
  /** What is on the disk now. */
  image(): string
}

export interface LivingOptions {
  readonly serial: string
  readonly sizeBytes: number
  readonly hostid: string
  /** An IANA name. */
  readonly timeZone: string
  readonly random?: (bytes: number) => Uint8Array
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'

/** A host with one disk, which is not used yet. */
export function beginLiving({ serial, sizeBytes, hostid, timeZone, random = randomBytes }: LivingOptions): Living {
  let nowMs = 0
  let written = ''
  const mounts: Mount[] = []
  const disk: Disk = {
    device: '/dev/nvme1n1',
    serial,
    sizeBytes,
    read: () => written,
    write: (text) => void (written = text),
  }
  const kernel: Kernel = {
    now: () => new Date(nowMs),
    timeZone: () => timeZone,
    hostid,
    disks: () => [disk],
    mounts: () => mounts,
    mount: (mount) => void mounts.push(mount),
    unmount(target) {
      const at = mounts.findLastIndex((each) => each.target === target)
      if (at === -1) return 'not mounted'
      mounts.splice(at, 1)
      return 'unmounted'
    },
    isEmpty: () => true,
    processes: () => [],
    readFile: () => undefined,
    random,
  }
  const zfs: SimulatedZfs = createZfs(kernel)

  const treeOf = (path: string): { readonly files: FileTree; readonly inside: string } => {
    const mount = mounts
      .filter(({ target }) => path === target || path.startsWith(`${target}/`))
      .toSorted((a, b) => b.target.length - a.target.length)[0]
    if (mount === undefined) throw new Error(`nothing is mounted that has ${path}`)
    return { files: mount.files, inside: path.slice(mount.target.length) || '/' }
  }

  const makeFolders = (files: FileTree, inside: string, owner: Owner): void => {
    if (inside === '/' || files.has(inside)) return
    makeFolders(files, parentOf(inside), owner)
    files.set(inside, { kind: 'directory', mode: 0o755, ...owner, mtimeMs: nowMs })
  }

  const at = (path: string): { readonly files: FileTree; readonly inside: string; readonly inode: Inode } => {
    const { files, inside } = treeOf(path)
    const inode = files.get(inside)
    if (inode === undefined) throw new Error(`there is no ${path}`)
    return { files, inside, inode }
  }

  const read = (path: string): Uint8Array => {
    const { inode } = at(path)
    if (inode.kind !== 'file') throw new Error(`${path} is a ${inode.kind}`)
    return inode.content
  }

  return {
    setClock: (ms) => void (nowMs = ms),
    run(tool, ...args) {
      const { exitCode, stderr } = zfs[tool](args, '')
      if (exitCode !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stderr}`)
    },
    append(path, lines, owner = root) {
      const { files, inside } = treeOf(path)
      makeFolders(files, parentOf(inside), owner)
      const before = files.get(inside)
      const content = Buffer.concat([
        before?.kind === 'file' ? before.content : Buffer.alloc(0),
        Buffer.from(lines.map((line) => `${line}\n`).join('')),
      ])
      files.set(inside, {
        kind: 'file',
        mode: before?.mode ?? 0o644,
        uid: before?.uid ?? owner.uid,
        gid: before?.gid ?? owner.gid,
        mtimeMs: nowMs,
        content: new Uint8Array(content),
      })
    },
    read,
    own(path, mode, owner) {
      const { files, inside, inode } = at(path)
      files.set(inside, { ...inode, mode, ...owner })
    },
    image() {
      zfs.sync()
      return written
    },
  }
}

/** Hexadecimal SHA-256. */
export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

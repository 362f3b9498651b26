// The simulated host's kernel: its clock, disks, mounts and processes, and what hangs on them.
import { createHash } from 'node:crypto'
import { HostClock } from './clock.ts'
import { ImageDisk } from './disks.ts'
import { copyOf, emptyTree, type FileTree } from './file-tree.ts'
import { reason } from './files/fs-error.ts'
import { HostFiles, namesIn, type Viewer } from './files/host-files.ts'
import { isBelow, Namespace } from './files/namespace.ts'
import { devTree, procTree, sysTree } from './files/virtual-trees.ts'
import type { Disk, Kernel, Mount, Process, SimulatedZfs } from './kernel.ts'
import { ProcessTable } from './process-table.ts'

export interface MachineOptions {
  /** A folder of this computer, for what is kept outside of the model. */
  readonly folder: string
  readonly hostid: string
  readonly startAt: Date
  /** What the random bytes come from. */
  readonly seed: string
  /** What is on the root disk. */
  readonly rootTree: FileTree
  readonly zfs: (kernel: Kernel) => SimulatedZfs
}

const rootViewer: Viewer = { uid: 0, gid: 0, groups: [], pid: 1 }

// proc_ns(5): the first namespace of a kernel.
const firstNamespace = 4_026_531_841

/** A tree that is made at each look, but not anew while nothing has changed. */
function virtual(make: () => FileTree, generation: () => string): () => FileTree {
  let madeAt: string | undefined
  let made: FileTree = new Map()
  return () => {
    const now = generation()
    if (now !== madeAt) {
      made = make()
      madeAt = now
    }
    return made
  }
}

export class Machine implements Kernel {
  readonly clock: HostClock
  readonly table: ProcessTable
  readonly zfs: SimulatedZfs
  /** What listens on the host itself, by port. */
  readonly services = new Map<number, (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>>()
  /** What else it can reach, as `127.0.0.1:4566`: nothing unless it is told. */
  readonly reached = new Set<string>()
  readonly rootTree: FileTree
  readonly folder: string
  /** Asks for the power to go, by `reboot` or `poweroff` on the host. */
  power: (what: 'reboot' | 'poweroff') => void = () => undefined
  namespace: Namespace
  bootId = ''
  bootedAt: Date
  #bootedMs = 0
  #generation = 0
  #namespaces = 0
  readonly #seed: string
  readonly #hostid: string
  #random = 0
  readonly #disks: ImageDisk[] = []
  #copies = 0

  constructor(options: MachineOptions) {
    this.#hostid = options.hostid
    this.folder = options.folder
    this.clock = new HostClock(options.startAt)
    this.bootedAt = options.startAt
    this.#seed = options.seed
    this.rootTree = copyOf(options.rootTree)
    this.table = new ProcessTable(() => this.changed())
    this.namespace = this.#newNamespace()
    this.zfs = options.zfs(this)
  }

  /** Something that /proc, /sys or /dev tells of is another now. */
  changed(): number {
    return ++this.#generation
  }

  #newNamespace(): Namespace {
    return new Namespace(firstNamespace, () => this.changed())
  }

  /** Mounts what every boot mounts, over the root disk. */
  mountBase(): void {
    this.bootId = uuidOf(this.random(16))
    this.bootedAt = this.now()
    this.#bootedMs = this.clock.monotonicMs()
    this.#namespaces = 0
    this.namespace = this.#newNamespace()
    const nowMs = this.now().getTime()
    const generation = (): string => `${this.#generation} ${Math.floor(this.upMs() / 1000)}`
    const add = (fstype: string, source: string, target: string, options: string[], files: () => FileTree): void =>
      this.namespace.add({
        fstype,
        source,
        target,
        options,
        get files() {
          return files()
        },
      })
    const memory = (target: string, options: string[], mode = 0o755): void => {
      const tree: FileTree = new Map([...emptyTree(nowMs)].map(([path, top]) => [path, { ...top, mode }]))
      add('tmpfs', 'tmpfs', target, options, () => tree)
    }
    add('ext4', '/dev/vda', '/', ['rw', 'noatime'], () => this.rootTree)
    const nosuid = ['rw', 'nosuid', 'nodev', 'noexec', 'relatime']
    add(
      'proc',
      'proc',
      '/proc',
      nosuid,
      virtual(() => procTree(this), generation),
    )
    add(
      'sysfs',
      'sysfs',
      '/sys',
      nosuid,
      virtual(() => sysTree(this), generation),
    )
    add(
      'devtmpfs',
      'udev',
      '/dev',
      ['rw', 'nosuid', 'relatime'],
      virtual(() => devTree(this), generation),
    )
    memory('/dev/shm', ['rw', 'nosuid', 'nodev'], 0o1777)
    memory('/run', ['rw', 'nosuid', 'nodev', 'noexec', 'relatime'])
    memory('/tmp', ['rw', 'relatime'], 0o1777)
  }

  upMs(): number {
    return this.clock.monotonicMs() - this.#bootedMs
  }

  now(): Date {
    return this.clock.now()
  }

  /** What zgenhostid(8) has written: 32 bits, the lowest first. */
  get hostid(): string {
    const file = this.rootTree.get('/etc/hostid')
    return file?.kind === 'file' ? hexOf(file.content.toReversed()) : this.#hostid
  }

  /** Where /etc/localtime leads, as glibc and timedatectl(1) have it; UTC where it is no link. */
  timeZone(): string {
    const link = this.rootTree.get('/etc/localtime')
    return link?.kind === 'link' ? link.target.replace(/^.*\/zoneinfo\//, '') : 'UTC'
  }

  disks(): readonly Disk[] {
    return this.#disks
  }

  plug(imagePath: string, volumeId: string, serials: boolean): void {
    if (this.#disks.some((each) => each.volumeId === volumeId)) throw new Error(`${volumeId} is attached already`)
    const names = serials
      ? Array.from({ length: 28 }, (_none, at) => `/dev/nvme${at}n1`)
      : Array.from({ length: 24 }, (_none, at) => `/dev/vd${String.fromCharCode('b'.charCodeAt(0) + at)}`)
    const device = names.find((name) => this.#disks.every((each) => each.device !== name))
    if (device === undefined) throw new Error('the machine has no room for another disk')
    const serial = serials ? volumeId.replace('-', '') : null
    this.#disks.push(new ImageDisk(device, serial, volumeId, imagePath, () => this.#copies > 0))
    this.changed()
  }

  unplug(volumeId: string): void {
    const at = this.#disks.findIndex((each) => each.volumeId === volumeId)
    const [disk] = at === -1 ? [] : this.#disks.splice(at, 1)
    if (disk === undefined) throw new Error(`${volumeId} is not attached to this machine`)
    disk.close()
    this.changed()
    this.zfs.lost(disk.device)
  }

  /** While this runs the images stay as they are; what is written meanwhile comes into them after it. */
  async held<T>(copy: () => Promise<T>): Promise<T> {
    this.#copies += 1
    try {
      return await copy()
    } finally {
      this.#copies -= 1
      if (this.#copies === 0) for (const disk of this.#disks) disk.flush()
    }
  }

  closeDisks(): void {
    for (const disk of this.#disks.splice(0)) disk.close()
  }

  mounts(): readonly Mount[] {
    return this.namespace.list()
  }

  mount(mount: Mount): void {
    mkdirs(this.files(), mount.target)
    this.namespace.add(mount)
  }

  /** Also for a namespace of its own. */
  unmountIn(namespace: Namespace, target: string): 'unmounted' | 'busy' | 'not mounted' {
    const mount = namespace.mountedAt(target)
    if (mount === undefined) return 'not mounted'
    const isSeen = (path: string): boolean => namespace.placeOf(path)?.mount === mount
    const used = this.table.all().some((each) => each.namespace === namespace && each.open.some((path) => isSeen(path)))
    const later = namespace.list().slice(namespace.list().indexOf(mount) + 1)
    if (used || later.some((each) => each.target !== target && isBelow(each.target, target))) return 'busy'
    namespace.remove(mount)
    return 'unmounted'
  }

  unmount(target: string): 'unmounted' | 'busy' | 'not mounted' {
    return this.unmountIn(this.namespace, target)
  }

  /** Does something, at once, to the mounts of another namespace than its own. */
  within<T>(namespace: Namespace, act: () => T): T {
    const own = this.namespace
    this.namespace = namespace
    try {
      return act()
    } finally {
      this.namespace = own
    }
  }

  /** A mount namespace that begins as a copy of another. */
  unshared(from: Namespace): Namespace {
    this.changed()
    return from.unshared(firstNamespace + 400 + ++this.#namespaces)
  }

  isEmpty(path: string): boolean {
    const found = this.files().find(path)
    return found === undefined || namesIn(found.tree, found.inner).length === 0
  }

  processes(): readonly Process[] {
    return this.table.all()
  }

  /** Its files as root sees them, or as somebody else does. */
  files(viewer: Viewer = rootViewer, namespace = this.namespace): HostFiles {
    const { zfs, clock } = this
    const snapshots = {
      files: (dataset: string, snapshot: string) => zfs.snapshotFiles(dataset, snapshot),
      names: (dataset: string) => zfs.snapshotsOf(dataset),
    }
    return new HostFiles(namespace, viewer, snapshots, () => clock.now().getTime())
  }

  readFile(path: string): Uint8Array | undefined {
    try {
      return this.files().read(path)
    } catch (error) {
      reason(error)
      return undefined
    }
  }

  text(path: string): string | undefined {
    const bytes = this.readFile(path)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  }

  random(bytes: number): Uint8Array {
    const pieces: Buffer[] = []
    for (let size = 0; size < bytes; size += 32) {
      pieces.push(
        createHash('sha256')
          .update(`${this.#seed} ${this.#random++}`)
          .digest(),
      )
    }
    return new Uint8Array(Buffer.concat(pieces).subarray(0, bytes))
  }
}

export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

/** `mkdir -p`. */
export function mkdirs(files: HostFiles, path: string): void {
  const parts = path.split('/').filter((part) => part !== '')
  parts.forEach((_part, at) => {
    const folder = `/${parts.slice(0, at + 1).join('/')}`
    if (files.find(folder) === undefined) files.mkdir(folder)
  })
}

/** 32 hexadecimal digits, as an id of systemd's is. */
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const uuidOf = (bytes: Uint8Array): string =>
  hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

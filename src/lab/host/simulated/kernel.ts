// What the parts of a simulated host have in common: its clock, disks and mounts.
import type { FileTree } from './file-tree.ts'

/** A disk that is plugged in. What is on it is text, which a copy of its image has too. */
export interface Disk {
  /** `/dev/nvme1n1`, or `/dev/vda` for one without a serial. */
  readonly device: string
  /** As EBS gives it on Nitro, `vol0a1b2c3d4e5f60718`; null on Xen. */
  readonly serial: string | null
  readonly sizeBytes: number
  /** Empty for a disk that nothing was ever written to. */
  read(): string
  write(text: string): void
}

/** Something that is mounted. Of those at one target the last counts. */
export interface Mount {
  readonly fstype: string
  /** A dataset, a snapshot's full name, or a device. */
  readonly source: string
  readonly target: string
  /** Such as `rw`, `noatime`. A mount that has `ro` can't be written. */
  readonly options: readonly string[]
  readonly files: FileTree
}

/** A process as far as anybody looks at it: what it has open keeps a mount busy. */
export interface Process {
  readonly pid: number
  readonly command: string
  /** The systemd unit it belongs to, or null. */
  readonly unit: string | null
  /** Absolute paths: its working directory and open files. */
  readonly open: readonly string[]
}

/** The shared state. ZFS mounts and unmounts through it; the file system that the shell sees is made of it. */
export interface Kernel {
  /** The host's clock, which may be set. */
  now(): Date
  /** In which local times are told: an IANA name. */
  timeZone(): string
  /** Eight hexadecimal digits. */
  readonly hostid: string
  disks(): readonly Disk[]
  /** In the order of mounting. */
  mounts(): readonly Mount[]
  /** Makes the target directory where there is none. */
  mount(mount: Mount): void
  /** @returns why not: `busy` while a process has something open in it or something is mounted below */
  unmount(target: string): 'unmounted' | 'busy' | 'not mounted'
  /** Whether the directory at a path has entries (in what is mounted there now). */
  isEmpty(path: string): boolean
  processes(): readonly Process[]
  /** Reads a file of the host, such as a key; undefined where there is none. */
  readFile(path: string): Uint8Array | undefined
  /** Random bytes: seeded in a drill. */
  random(bytes: number): Uint8Array
}

/** What a command of the host has printed, and its exit code. */
export interface CommandOutput {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/**
 * ZFS as the host sees it. Its commands are those of OpenZFS 2.1 as far as the program and an operator use them. Standard
 * input has a character for each byte, as the pipes of the shell have.
 */
export interface SimulatedZfs {
  zfs(args: readonly string[], stdin: string): CommandOutput
  zpool(args: readonly string[], stdin: string): CommandOutput
  /** `zdb -l NODE`: the label of a disk. */
  zdb(args: readonly string[]): CommandOutput
  /** mount.zfs(8), for `mount -t zfs -o OPTIONS SOURCE TARGET`: a snapshot, a legacy dataset, or any with `zfsutil`. */
  mount(source: string, target: string, options: readonly string[]): CommandOutput
  /** As at boot: imports what the cache file names, mounts what mounts by itself, loads keys that are in files. */
  boot(): void
  /** As at a power cut or reboot: nothing is imported or mounted any more. */
  halt(): void
  /** Writes what is only in memory to the disks, as a transaction group does. */
  sync(): void
  /** A disk went away while its pool was imported: the pool is suspended. */
  lost(device: string): void
  /** The pools that are imported, with the state for `/proc/spl/kstat/zfs/POOL/state`. */
  pools(): readonly { readonly name: string; readonly state: string }[]
  /** Zvols of imported pools, for `/dev/zvol` and lsblk: dataset and its `/dev/zdN`. */
  zvols(): readonly { readonly dataset: string; readonly device: string; readonly sizeBytes: number }[]
  /** The snapshot's files for `.zfs/snapshot/NAME` below a mounted dataset; undefined where there is no such snapshot. */
  snapshotFiles(dataset: string, snapshot: string): FileTree | undefined
  /** The names of a dataset's snapshots, oldest first. */
  snapshotsOf(dataset: string): readonly string[]
  /** A dataset's files as they are now, mounted or not, to be changed in place; undefined where there is none. */
  filesOf(dataset: string): FileTree | undefined
}

// What a pool is, as far as anybody can tell from its answers. Names leave out the pool's own: a pool can be renamed.
import type { FileTree } from '../file-tree.ts'
import type { Kernel } from '../kernel.ts'

export interface Setting {
  readonly value: string
  readonly source: 'local' | 'received'
}

/** By property; user properties too. */
export type Settings = Map<string, Setting>

export interface Snapshot {
  name: string
  readonly guid: string
  readonly objset: number
  readonly createtxg: number
  readonly createdMs: number
  /** Never changed. Snapshots between which nothing was written share one. */
  readonly files: FileTree
  /** When each was made, in milliseconds, by tag. */
  readonly holds: Map<string, number>
  readonly settings: Settings
  /** In bytes; null of a filesystem. */
  readonly volsize: number | null
  /** It is destroyed as soon as its last hold or clone is gone. */
  deferred: boolean
}

export interface Bookmark {
  readonly name: string
  /** The snapshot's. */
  readonly guid: string
  readonly createtxg: number
  readonly createdMs: number
}

/** What a key is checked by; the key itself is nowhere. */
export interface KeyCheck {
  readonly format: 'raw' | 'hex' | 'passphrase'
  readonly salt: string
  readonly hash: string
}

export interface Dataset {
  /** Below the pool: `home/alice`; empty for the one that has the pool's name. */
  path: string
  readonly type: 'filesystem' | 'volume'
  readonly guid: string
  readonly objset: number
  createtxg: number
  readonly createdMs: number
  readonly settings: Settings
  /** The files as they are now, changed in place. */
  readonly files: FileTree
  /** Oldest first. */
  snapshots: Snapshot[]
  bookmarks: Bookmark[]
  /** The snapshot that it is a clone of, by GUID. */
  origin: string | null
  /** `root`: the objset of the dataset whose key it uses. Null: not encrypted. */
  crypt: { readonly algorithm: string; root: number } | null
  /** Only of an encryption root. */
  key: KeyCheck | null
}

/** A disk of a pool. */
export interface Leaf {
  readonly guid: string
  /** The node that bears the label, as it was last opened. */
  path: string
  /** ZFS has partitioned the disk: the label is on its first partition. */
  readonly wholeDisk: boolean
  readonly sizeBytes: number
}

/** A top-level vdev. */
export interface Vdev {
  readonly kind: 'disk' | 'mirror'
  readonly guid: string
  readonly leaves: readonly Leaf[]
}

/** What a checkpoint brings back. */
export interface PoolState {
  datasets: Dataset[]
  readonly settings: Settings
  nextObjset: number
}

interface Checkpoint {
  readonly createdMs: number
  readonly txg: number
  readonly state: PoolState
}

export interface Pool {
  name: string
  readonly guid: string
  txg: number
  /** When that transaction group was, in milliseconds. */
  txgMs: number
  vdevs: readonly Vdev[]
  state: PoolState
  checkpoint: Checkpoint | null
  /** `2026-11-21.19:23:29 zfs create tank/irc` */
  readonly history: string[]
}

/** A pool that is imported, and how. */
export interface Imported {
  /** What it is called here. */
  name: string
  /** The label keeps another name. */
  readonly temporary: boolean
  readonly pool: Pool
  readonly altroot: string | null
  readonly readonly: boolean
  /** `none`, or a file; null is the default one. */
  cachefile: string | null
  readonly loadGuid: string
  /** The objsets of the encryption roots whose keys are loaded. */
  readonly keys: Set<number>
  /** GUIDs of leaves that are not there. */
  readonly missing: Set<string>
  suspended: boolean
}

/** What ZFS has in common on a host. */
export interface Host {
  readonly kernel: Kernel
  readonly imported: Map<string, Imported>
  /** Those that the command at work has changed: they are written when it ends. */
  readonly changed: Set<Imported>
  /** What is imported at boot: GUIDs of pools. */
  readonly cache: { read(): readonly string[]; write(guids: readonly string[]): void }
  hostname(): string
}

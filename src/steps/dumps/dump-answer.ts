// Which dump was chosen, by what every later step needs to know of it.
import { z } from 'zod'
import type { AnswerKey } from '../step.ts'

/** The kinds of dump that there are recipes for in the program itself. */
export const dumpKinds = ['postgres', 'folder', 'archive', 'zfs-stream', 'rocketchat', 'duplicity'] as const

/** What a dump is made of, and so how it is checked and put in place: one of these, or a recipe of the config by name. */
export type DumpKind = string

/** A name that a kind can have. Whether there is a recipe of it, only the config tells. */
export const dumpKind = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be of a-z, 0-9 and -, such as mysql')

const dump = z.object({
  bucket: z.string(),
  /** Where the bucket is, which need not be where the host is. */
  region: z.string(),
  /**
   * The object's key, or the prefix that all keys of the dump begin with: it ends in a slash then, or is empty. Of duplicity
   * the key of the manifest of the last backup that is restored.
   */
  prefix: z.string(),
  /**
   * The moment that the dump says it is of, ISO UTC: the date in its name, or when its last object was written
   * where the name tells no more than that day, or nothing.
   */
  at: z.string(),
  kind: dumpKind,
  /** When its last object was written, ISO UTC: nothing in it is newer. */
  writtenAt: z.string(),
  /** The moment (ISO UTC) whose versions are taken; null: what is there now. */
  asOf: z.string().nullable().default(null),
  /** Of duplicity's, how many incremental backups are restored upon the full one; null of any other kind. */
  increments: z.int().nullable().default(null),
  /** How many objects there are, and their bytes. */
  objects: z.int().min(1),
  bytes: z.number(),
  /** SHA-256 over keys, sizes and ETags, in key order (see digest.ts): whether it is still the dump that was chosen. */
  digest: z.string(),
  /** The storage class of its objects; of several, each once. */
  storageClass: z.string(),
  /** How many of its objects lay in an archive when it was chosen, and have to be brought back first. */
  cold: z.int().default(0),
  /** What speaks against it, in words: empty where nothing does. Notes speak neither for nor against it. */
  doubts: z.array(z.string()),
  notes: z.array(z.string()),
  /** The name of the config's entry that it belongs to; null where only a URL was given. */
  entry: z.string().nullable(),
})

export type Dump = z.infer<typeof dump>

/** One object of a dump, or one version of it. */
export interface DumpObject {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly versionId: string | null
  /** ISO UTC. */
  readonly lastModified: string
}

/** By which other steps look the chosen dump up. */
export const dumpKey: AnswerKey<Dump> = { id: 'dump', answer: dump }

// What can be looked at before a moment is chosen: the snapshots of the tree over time, and the files in them. All of it
// only reads.
import { listBelow, listFolder, readStart, type Entry, type Inside, type Listing } from '../remote/linux/look-inside.ts'
import { expiry, parseZfsnapName } from '../remote/zfsnap.ts'
import { writtenSince, type Dataset, type SnapshotRef } from '../remote/zfs/dataset.ts'
import { Refused } from '../text/errors.ts'
import { differences, type Difference } from './differences.ts'
import { treeOf } from './point-tree.ts'
import { poolOf } from './pool-at-work.ts'
import type { Run } from './step.ts'
import { targetHostKey } from './target-host.ts'

export type { Entry }

/** One snapshot of a dataset. */
export interface Mark {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly createtxg: number
  readonly holds: number
}

/** A dataset and its snapshots, the oldest first. */
export interface Track {
  readonly dataset: string
  readonly marks: readonly Mark[]
  /** Why its files can't be looked at. */
  readonly closed?: string
}

/** A snapshot of a dataset, or with `null` the dataset as it is. */
export interface Place {
  readonly dataset: string
  readonly snapshot: string | null
}

/** How a file begins. */
export interface Beginning {
  readonly text: string
  /** Of the whole file. */
  readonly bytes: number
  readonly cut: boolean
  /** It holds what is no text: `text` is only what could be read of it. */
  readonly binary: boolean
}

interface Differences {
  readonly all: readonly Difference[]
  /** There is more than can be compared: nothing was. */
  readonly cut: boolean
}

export interface Looks {
  readonly tracks: readonly Track[]
  /** When zfsnap would destroy a snapshot of this name; undefined where it never would, or where it isn't zfsnap's. */
  readonly expires: (name: string) => Date | undefined
  /** What each dataset has written since a snapshot of it, in bytes by the snapshot's full name. */
  readonly written: (refs: readonly SnapshotRef[]) => Promise<ReadonlyMap<string, number>>
  /** What is in a folder; folders first, then by name. */
  readonly list: (place: Place, path: string) => Promise<Listing>
  readonly read: (place: Place, file: Entry) => Promise<Beginning>
  /** In what two places differ below a folder, by kind, size, time, owner and mode. */
  readonly compare: (from: Place, to: Place, path: string) => Promise<Differences>
}

/** A folder of more than this can't be read by anybody, and a tree of more than that takes minutes over a slow link. */
const most = { inFolder: 20_000, below: 200_000, bytes: 262_144 }

function closed({ type, keyStatus, name }: Dataset): string | undefined {
  if (type === 'volume') return `${name} is a zvol: it holds a disk, not files`
  return keyStatus === 'unavailable' ? `the key of ${name} is not loaded` : undefined
}

/** Where the files of a place are had from. @throws Refused where they can't be */
function insideOf(datasets: ReadonlyMap<string, Dataset>, run: Run, { dataset, snapshot }: Place): Inside {
  const its = datasets.get(dataset)
  const why = its === undefined ? `there is no dataset ${dataset}` : closed(its)
  if (why !== undefined || its === undefined)
    throw new Refused({ code: 'not-to-be-looked-at', message: why ?? '', notChanged: ['nothing was changed'] })
  if (snapshot !== null) return { kind: 'snapshot', name: `${dataset}@${snapshot}` }
  // Mounted already, it can't be mounted read-only beside that.
  return run.route === 'local' && its.mounted && its.mountpoint.startsWith('/')
    ? { kind: 'mounted', at: its.mountpoint }
    : { kind: 'dataset', name: dataset, legacy: its.mountpoint === 'legacy' }
}

const rank = { folder: 0, file: 1, link: 1, other: 1 } as const

const inOrder = (a: Entry, b: Entry): number => rank[a.kind] - rank[b.kind] || Number(a.path > b.path) - 0.5

/** What is no text has NULs, or bytes that are no UTF-8. */
const isBinary = (text: string): boolean => /[\0\ufffd]/.test(text.slice(0, 8192))

/** The tree of a run's pool, to be looked at. */
export async function looksOf(run: Run): Promise<Looks> {
  const tree = await treeOf(run)
  const { timeZone } = run.answer(targetHostKey)
  const { pool } = poolOf(run)
  const datasets = new Map(tree.datasets.map((each) => [each.name, each]))
  const marks = Map.groupBy(tree.snapshots, (each) => each.dataset)
  const inside = (place: Place): Inside => insideOf(datasets, run, place)
  return {
    tracks: tree.datasets.map((dataset) => {
      const why = closed(dataset)
      return {
        dataset: dataset.name,
        marks: (marks.get(dataset.name) ?? []).map(({ name, createdAt, createtxg, holds }) => ({
          name,
          atMs: Date.parse(createdAt),
          createtxg,
          holds,
        })),
        ...(why === undefined ? {} : { closed: why }),
      }
    }),
    expires(name) {
      const parsed = parseZfsnapName(name)
      return parsed === undefined ? undefined : expiry(parsed, timeZone)
    },
    written: (refs) => run.do(writtenSince(pool, refs)),
    async list(place, path) {
      const { entries, cut } = await run.do(listFolder(inside(place), path, most.inFolder))
      return { entries: entries.toSorted(inOrder), cut }
    },
    async read(place, { path, bytes }) {
      const text = await run.do(readStart(inside(place), path, most.bytes))
      return { text, bytes, cut: bytes > most.bytes, binary: isBinary(text) }
    },
    async compare(from, to, path) {
      const before = await run.do(listBelow(inside(from), path, most.below))
      const after = await run.do(listBelow(inside(to), path, most.below))
      const cut = before.cut || after.cut
      // What is beyond the end of one list would look removed.
      return { all: cut ? [] : differences(before.entries, after.entries), cut }
    },
  }
}

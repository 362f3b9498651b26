// A folder of duplicity's as points in time. Names alone tell the chains (duplicity's file_naming.py): each incremental backup
// names the backup that it builds on. How many volumes there are, only the manifest tells, which may be encrypted.
import { posix } from 'node:path'
import { utcMinute } from '../../text/time.ts'

/** What a name says of one file of a backup. Signatures, which only the next backup needs, are no part of it. */
export interface DuplicityName {
  /** When the backup that it builds on was made, ISO UTC; null: it is a full one. */
  readonly from: string | null
  /** When it was made, ISO UTC. */
  readonly at: string
  /** Which of its volumes, from 1; null: its manifest. */
  readonly volume: number | null
}

const form =
  /^duplicity-(?:full|inc\.(?<from>\d{8}T\d{6}Z)\.to)\.(?<at>\d{8}T\d{6}Z)\.(?:vol(?<volume>[1-9]\d{0,8})\.difftar|manifest)(?:\.(?:gpg|gz))?$/

/** `20261120T034501Z` as ISO; undefined where there is no such moment. */
function instant(text: string): string | undefined {
  const iso = text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z')
  const time = new Date(iso).getTime()
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? undefined : iso
}

/** Reads the name of a file, without its folder; undefined for anything but a volume or a manifest of a whole name. */
export function parseDuplicity(name: string): DuplicityName | undefined {
  const { from, at = '', volume } = form.exec(name)?.groups ?? {}
  const to = instant(at)
  const base = from === undefined ? null : instant(from)
  // A backup that builds on itself, or on a later one, would make a chain without an end.
  if (to === undefined || base === undefined || (base !== null && base >= to)) return undefined
  return { from: base, at: to, volume: volume === undefined ? null : Number(volume) }
}

interface Keyed {
  readonly key: string
}

/** A backup: its manifest and its volumes. */
interface BackupSet<T> {
  readonly from: string | null
  readonly at: string
  manifest: T | undefined
  readonly volumes: Map<number, T>
}

/** A moment that can be gone back to: a full backup, and the incremental ones upon it until then. */
export interface Point<T> {
  /** ISO UTC. */
  readonly at: string
  /** The key of its last backup's manifest, which names it; of a volume where there is no manifest. */
  readonly key: string
  /** How many incremental backups it takes upon the full one, which was made then. */
  readonly depth: number
  readonly full: string | null
  /** All that restoring it takes, the oldest backup first, each with its manifest first. */
  readonly objects: readonly T[]
  /** Why it can't be restored; null where nothing is known to be missing. */
  readonly broken: string | null
}

function setsOf<T extends Keyed>(objects: readonly T[]): BackupSet<T>[] {
  const sets = new Map<string, BackupSet<T>>()
  for (const object of objects) {
    const name = parseDuplicity(posix.basename(object.key))
    if (name === undefined) continue
    const id = `${name.from} ${name.at}`
    const set = sets.get(id) ?? { from: name.from, at: name.at, manifest: undefined, volumes: new Map<number, T>() }
    if (name.volume === null) set.manifest = object
    else set.volumes.set(name.volume, object)
    sets.set(id, set)
  }
  return [...sets.values()].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

const filesOf = <T>({ manifest, volumes }: BackupSet<T>): T[] => [
  ...(manifest === undefined ? [] : [manifest]),
  ...[...volumes].toSorted(([a], [b]) => a - b).map(([, file]) => file),
]

/** What is missing of a backup, as far as names tell: that its last volumes are, only its manifest could. */
function missingOf({ at, manifest, volumes }: BackupSet<unknown>): string | null {
  const which = `the backup of ${utcMinute(at)}`
  if (manifest === undefined) return `${which} has no manifest: it never ended, or is still being made`
  if (volumes.size === 0) return `${which} has no volumes`
  let next = 1
  while (volumes.has(next)) next++
  return next > volumes.size ? null : `volume ${next} of ${which} is missing`
}

/** A backup with those that it builds on, and the first thing that is missing among them all. */
interface Chain<T> {
  readonly set: BackupSet<T>
  readonly below: Chain<T> | null
  readonly depth: number
  readonly full: string | null
  readonly broken: string | null
}

function chainsOf<T>(sets: readonly BackupSet<T>[]): Chain<T>[] {
  const chains: Chain<T>[] = []
  const byTime = new Map<string, Chain<T>>()
  // The oldest first: what a backup builds on has been looked at then.
  for (const set of sets) {
    const below = set.from === null ? null : (byTime.get(set.from) ?? null)
    const orphan =
      set.from !== null && below === null
        ? `the backup of ${utcMinute(set.from)}, which that of ${utcMinute(set.at)} builds on, is not there`
        : null
    const chain = {
      set,
      below,
      depth: set.from === null ? 0 : (below?.depth ?? 0) + 1,
      full: set.from === null ? set.at : (below?.full ?? null),
      broken: below?.broken ?? orphan ?? missingOf(set),
    }
    chains.push(chain)
    // Of two at the same time the whole one is built on.
    const other = byTime.get(set.at)
    if (other === undefined || (other.broken !== null && chain.broken === null)) byTime.set(set.at, chain)
  }
  return chains
}

function pointOf<T extends Keyed>(chain: Chain<T>): Point<T> | undefined {
  const sets: BackupSet<T>[] = []
  for (let each: Chain<T> | null = chain; each !== null; each = each.below) sets.push(each.set)
  sets.reverse()
  const [own] = filesOf(chain.set)
  if (own === undefined) return undefined
  const { depth, full, broken } = chain
  return { at: chain.set.at, key: own.key, depth, full, broken, objects: sets.flatMap(filesOf) }
}

/** So many points of a folder are told apart: a chain of a year of hours would be a list of nine thousand. */
export const pointsShown = 100

/** The points of one folder, the newest first, and how many older ones there are. */
export function pointsIn<T extends Keyed>(objects: readonly T[]): { points: Point<T>[]; older: number } {
  const chains = chainsOf(setsOf(objects)).toReversed()
  return {
    points: chains.slice(0, pointsShown).flatMap((chain) => pointOf(chain) ?? []),
    older: Math.max(0, chains.length - pointsShown),
  }
}

/** The point whose last backup this file is part of; undefined where there is none. @param objects of its folder */
export function pointAt<T extends Keyed>(objects: readonly T[], key: string): Point<T> | undefined {
  const name = parseDuplicity(posix.basename(key))
  const chain = chainsOf(setsOf(objects)).find(({ set }) => set.from === name?.from && set.at === name?.at)
  return chain === undefined ? undefined : pointOf(chain)
}

/** What all files of one backup have in common, its folder included; undefined for anything else. */
export function backupOf(key: string): string | undefined {
  const name = parseDuplicity(posix.basename(key))
  return name === undefined ? undefined : `${posix.dirname(key)}/${name.from} ${name.at}`
}

/** What a point is, in words. */
export const pointLabel = ({ depth, full }: Pick<Point<unknown>, 'depth' | 'full'>): string =>
  depth === 0 ? 'full' : `incremental ${depth} of chain of ${full === null ? 'a lost full one' : utcMinute(full)}`

// zfs(8): snapshots and bookmarks, of which a pool may hold a hundred thousand. Each look at them is one command.
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count, instant, orNull, rows } from '../table.ts'
import { atOnce, onePerLine } from './at-once.ts'

export interface Snapshot {
  readonly dataset: string
  /** What stands after the `@`, or after the `#` of a bookmark. */
  readonly name: string
  readonly kind: 'snapshot' | 'bookmark'
  readonly guid: string
  readonly createtxg: number
  /** ISO UTC. */
  readonly createdAt: string
  /** What destroying this one alone would free. */
  readonly usedBytes: number
  readonly holds: number
  readonly clones: readonly string[]
}

const snapshotFields = ['name', 'type', 'guid', 'createtxg', 'creation', 'used', 'userrefs', 'clones'] as const

// A pool that is only looked at is open read-only, and then runs no channel program: each snapshot is a call of the
// kernel, which costs the same whatever is asked of it. All that is shared is the calls.
const lookMs = 3_600_000

/** Every snapshot and bookmark of a pool. The order that counts is createtxg's: names are somebody's local time. */
export const listSnapshots = (pool: string): ShellCommand<Snapshot[]> =>
  readLine(
    sh`names=$(zfs list -H -o name -r -t filesystem,volume ${pool}) && printf '%s\\n' "$names" | ${raw(
      atOnce(sh`zfs list -Hp -d 1 -t snapshot,bookmark -o ${snapshotFields.join(',')} "$@"`, 2),
    )}`,
    ({ stdout }) =>
      rows(stdout, snapshotFields)
        .map((row): Snapshot => {
          const at = row.name.search(/[@#]/)
          if (at === -1) throw new Error(`expected a snapshot or bookmark, not ${JSON.stringify(row.name)}`)
          return {
            dataset: row.name.slice(0, at),
            name: row.name.slice(at + 1),
            kind: row.name[at] === '#' ? 'bookmark' : 'snapshot',
            guid: row.guid,
            createtxg: count(row.createtxg),
            createdAt: instant(row.creation),
            usedBytes: count(orNull(row.used) ?? '0'),
            holds: count(orNull(row.userrefs) ?? '0'),
            clones: orNull(row.clones)?.split(',') ?? [],
          }
        })
        .toSorted((a, b) => a.createtxg - b.createtxg || Number(a.dataset > b.dataset) - Number(a.dataset < b.dataset)),
    { timeoutMs: lookMs, compressed: true },
  )

/** A dataset together with the name of one of its snapshots, such as `tank/irc@2026-…--1w`. */
export interface SnapshotRef {
  readonly dataset: string
  readonly snapshot: string
}

export const fullName = (ref: SnapshotRef): string => `${ref.dataset}@${ref.snapshot}`

const namesOf = (refs: readonly SnapshotRef[]): { stdin: string } => ({ stdin: onePerLine(refs.map(fullName)) })

/** Each takes a process on the host. */
const patienceFor = (refs: readonly SnapshotRef[]): { timeoutMs: number } => ({
  timeoutMs: 300_000 + 1_000 * refs.length,
})

/** Which of these snapshots are there, with their guid. However many the pool has, only these are looked at. */
export const findSnapshots = (refs: readonly SnapshotRef[]): ShellCommand<Map<string, string>> =>
  readLine(
    // One that is gone is no error.
    atOnce('zfs list -Hp -t snapshot -o name,guid "$@" 2>/dev/null; true', 64),
    ({ stdout }) => new Map(rows(stdout, ['name', 'guid']).map(({ name, guid }) => [name, guid])),
    { ...namesOf(refs), timeoutMs: lookMs },
  )

/** Datasets of which the same is asked go together, so many in one call. */
const together = 16

/** What to ask of which datasets, a line for each call: the properties, then the datasets, with tabs between. */
function questions(refs: readonly SnapshotRef[]): string[] {
  const names = Map.groupBy(refs, (ref) => ref.dataset)
  const alike = Map.groupBy(names.keys(), (dataset) =>
    [...new Set(names.get(dataset)?.map((ref) => `written@${ref.snapshot}`))].toSorted().join(','),
  )
  return [...alike].flatMap(([properties, datasets]) =>
    Array.from({ length: Math.ceil(datasets.length / together) }, (_, at) =>
      [properties, ...datasets.slice(at * together, (at + 1) * together)].join('\t'),
    ),
  )
}

/**
 * How much each dataset has written since a snapshot of it (`written@SNAP`, zfsprops(7)), in bytes by the snapshot's full
 * name. No dataset is asked about the names of others: ZFS walks its snapshots for each.
 */
export const writtenSince = (_pool: string, refs: readonly SnapshotRef[]): ShellCommand<Map<string, number>> => {
  const wanted = new Set(refs.map(fullName))
  return readLine(
    atOnce(
      `IFS='\t'; set -f; set -- $1; of=$1; shift; zfs get -Hp -t filesystem,volume -o name,property,value "$of" "$@"`,
      1,
    ),
    ({ stdout }) =>
      new Map(
        rows(stdout, ['name', 'property', 'value'])
          .map((row) => ({ name: `${row.name}${row.property.slice('written'.length)}`, value: row.value }))
          .filter((each) => wanted.has(each.name) && each.value !== '-')
          .map((each) => [each.name, count(each.value)]),
      ),
    { stdin: onePerLine(questions(refs)), timeoutMs: lookMs },
  )
}

/** Each hold and each release waits for the pool's next transaction group: what is at work at once shares it. */
const waiting = 16

const eachWaiting = (refs: readonly SnapshotRef[]): number => Math.max(1, Math.ceil(refs.length / waiting))

/** Holds snapshots, so that no schedule can destroy them. One that has this hold keeps it. */
export const holdSnapshots = (tag: string, refs: readonly SnapshotRef[]): ShellCommand<string> =>
  changeLine(
    sh`xargs -d '\\n' -r -P ${waiting} -n ${eachWaiting(refs)} sh -c ${'zfs hold "$0" "$@" 2>/dev/null || for s; do zfs holds -H "$s" | cut -f 2 | grep -Fxq -e "$0" || zfs hold "$0" "$s" || exit 255; done'} ${tag}`,
    { ...namesOf(refs), ...patienceFor(refs) },
  )

/** Releases them. One that has not this hold, or is gone, is released. */
export const releaseSnapshots = (tag: string, refs: readonly SnapshotRef[]): ShellCommand<string> =>
  changeLine(
    sh`xargs -d '\\n' -r -P ${waiting} -n ${eachWaiting(refs)} sh -c ${'zfs release "$0" "$@" 2>/dev/null || for s; do ! zfs holds -H "$s" 2>/dev/null | cut -f 2 | grep -Fxq -e "$0" || zfs release "$0" "$s" || exit 255; done'} ${tag}`,
    { ...namesOf(refs), ...patienceFor(refs) },
  )

/** Who holds these snapshots: one entry for each hold. `zfs holds` takes longer the more names it is given, squared. */
export const holdTags = (refs: readonly SnapshotRef[]): ShellCommand<{ name: string; tag: string }[]> =>
  readLine(
    atOnce('zfs holds -H "$@"', 8),
    ({ stdout }) => rows(stdout, ['name', 'tag', 'since']).map(({ name, tag }) => ({ name, tag })),
    { ...namesOf(refs), timeoutMs: lookMs },
  )

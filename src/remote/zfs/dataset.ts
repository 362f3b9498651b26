// zfs(8): datasets and their snapshots. Each listing is one command, however many datasets there are.
import { sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'
import { count, instant, orNull, rows } from '../table.ts'

export interface Dataset {
  readonly name: string
  readonly type: 'filesystem' | 'volume'
  readonly guid: string
  readonly createtxg: number
  readonly mountpoint: string
  /** `on`, `off` or `noauto`; `-` for a volume. */
  readonly canmount: string
  readonly mounted: boolean
  readonly usedBytes: number
  /** Written since its newest snapshot. */
  readonly writtenBytes: number
  readonly origin: string | null
  readonly keyStatus: string | null
  /** The dataset whose key it uses; null where it isn't encrypted. */
  readonly encryptionRoot: string | null
  /** `prompt`, or where ZFS reads the key: `file:///…`, `https://…`. */
  readonly keyLocation: string | null
}

const datasetFields = [
  'name',
  'type',
  'guid',
  'createtxg',
  'mountpoint',
  'canmount',
  'mounted',
  'used',
  'written',
  'origin',
  'keystatus',
  'encryptionroot',
  'keylocation',
] as const

/** Every filesystem and volume of a pool, parents before children. */
export const listDatasets = (pool: string): ShellCommand<Dataset[]> =>
  readLine(sh`zfs list -Hp -r -t filesystem,volume -o ${datasetFields.join(',')} ${pool}`, ({ stdout }) =>
    rows(stdout, datasetFields).map((row) => ({
      name: row.name,
      type: row.type === 'volume' ? 'volume' : 'filesystem',
      guid: row.guid,
      createtxg: count(row.createtxg),
      mountpoint: row.mountpoint,
      canmount: row.canmount,
      mounted: row.mounted === 'yes',
      usedBytes: count(row.used),
      writtenBytes: count(row.written),
      origin: orNull(row.origin),
      keyStatus: orNull(row.keystatus),
      encryptionRoot: orNull(row.encryptionroot),
      keyLocation: orNull(row.keylocation),
    })),
  )

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

/** Every snapshot and bookmark of a pool. The order that counts is createtxg's: names are somebody's local time. */
export const listSnapshots = (pool: string): ShellCommand<Snapshot[]> =>
  readLine(
    sh`zfs list -Hp -r -t snapshot,bookmark -o ${snapshotFields.join(',')} -s createtxg ${pool}`,
    ({ stdout }) =>
      rows(stdout, snapshotFields).map((row) => {
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
      }),
    { timeoutMs: 300_000 },
  )

/** A dataset together with the name of one of its snapshots, such as `tank/irc@2026-…--1w`. */
export interface SnapshotRef {
  readonly dataset: string
  readonly snapshot: string
}

export const fullName = (ref: SnapshotRef): string => `${ref.dataset}@${ref.snapshot}`

/** Which of these snapshots are there, with their guid. However many the pool has, only these are looked at. */
export const findSnapshots = (refs: readonly SnapshotRef[]): ShellCommand<Map<string, string>> =>
  readLine(
    "xargs -d '\\n' -r zfs list -Hp -t snapshot -o name,guid 2>/dev/null; true",
    ({ stdout }) => new Map(rows(stdout, ['name', 'guid']).map(({ name, guid }) => [name, guid])),
    { stdin: onePerLine(refs.map(fullName)) },
  )

/**
 * How much each dataset has written since a snapshot of it (`written@SNAP`, zfsprops(7)), in bytes by the snapshot's full
 * name. One command: the properties of all names are asked of all datasets, and only the pairs that matter are kept.
 */
export const writtenSince = (pool: string, refs: readonly SnapshotRef[]): ShellCommand<Map<string, number>> => {
  const names = [...new Set(refs.map((ref) => `written@${ref.snapshot}`))]
  const wanted = new Set(refs.map(fullName))
  return readLine(
    sh`zfs get -Hpr -t filesystem,volume -o name,property,value ${names.join(',')} ${pool}`,
    ({ stdout }) =>
      new Map(
        rows(stdout, ['name', 'property', 'value'])
          .map((row) => ({ name: `${row.name}${row.property.slice('written'.length)}`, value: row.value }))
          .filter((each) => wanted.has(each.name) && each.value !== '-')
          .map((each) => [each.name, count(each.value)]),
      ),
  )
}

const onePerLine = (names: readonly string[]): string => names.map((name) => `${name}\n`).join('')

/** Holds snapshots, so that no schedule can destroy them. One that has this hold keeps it. */
export const holdSnapshots = (tag: string, refs: readonly SnapshotRef[]): ShellCommand<string> =>
  changeLine(
    sh`while IFS= read -r s; do zfs hold ${tag} "$s" || zfs holds -H "$s" | cut -f 2 | grep -Fxq -e ${tag} || exit 1; done`,
    { stdin: onePerLine(refs.map(fullName)) },
  )

export const releaseSnapshots = (tag: string, refs: readonly SnapshotRef[]): ShellCommand<string> =>
  changeLine(sh`xargs -d '\\n' zfs release ${tag}`, { stdin: onePerLine(refs.map(fullName)) })

/** Who holds these snapshots: one entry for each hold. */
export const holdTags = (refs: readonly SnapshotRef[]): ShellCommand<{ name: string; tag: string }[]> =>
  readLine(
    "xargs -d '\\n' -r zfs holds -H",
    ({ stdout }) => rows(stdout, ['name', 'tag', 'since']).map(({ name, tag }) => ({ name, tag })),
    { stdin: onePerLine(refs.map(fullName)) },
  )

const onEach = (verb: 'mount' | 'unmount', already: 'yes' | 'no', names: readonly string[]): ShellCommand<string> =>
  changeLine(
    sh`while IFS= read -r d; do zfs ${verb} "$d" || [ "$(zfs get -Ho value mounted "$d")" = ${already} ] || exit 1; done`,
    { stdin: onePerLine(names) },
  )

/** Mounts datasets one after the other in the order given, parents first. One that is mounted stays so. */
export const mountDatasets = (names: readonly string[]): ShellCommand<string> => onEach('mount', 'yes', names)

/** Unmounts datasets in the order given, children first. One that is not mounted stays so. */
export const unmountDatasets = (names: readonly string[]): ShellCommand<string> => onEach('unmount', 'no', names)

/** Loads the key of an encryption root: from where ZFS looks for it, or as a secret. Loaded already is loaded. */
export const loadKey = ({ name, keyLocation }: Pick<Dataset, 'name' | 'keyLocation'>): ShellCommand<string> =>
  changeLine(sh`[ "$(zfs get -Ho value keystatus ${name})" = available ] || zfs load-key ${name}`, {
    repeatable: true,
    ...(keyLocation === 'prompt' ? { secret: { name: `key:${name}`, prompt: `the key of ${name}` } } : {}),
  })

// What of a dataset's properties may stop a rollback of it, or its mount.
import { sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { count, orNull, rows } from '../table.ts'

/** All sizes in bytes. */
export interface Limits {
  readonly dataset: string
  /** What it may still write; quotas, also of those above, count. */
  readonly available: number
  /** What its refreservation keeps free for it beyond what its head has. */
  readonly keptFree: number
  /** The most that its head may refer to; 0: no limit. */
  readonly refquota: number
  /** 0: none. */
  readonly refreservation: number
  /** Whether it may be mounted over a directory that is not empty. */
  readonly overlay: boolean
  /** `raw`, `hex` or `passphrase`; null where it isn't encrypted. */
  readonly keyFormat: string | null
}

const fields = [
  'name',
  'available',
  'usedbyrefreservation',
  'refquota',
  'refreservation',
  'overlay',
  'keyformat',
] as const

const orNone = (cell: string): number => count(orNull(cell) ?? '0')

/** Of every filesystem and volume of a pool, by name. */
export const listLimits = (pool: string): ShellCommand<ReadonlyMap<string, Limits>> =>
  readLine(
    sh`zfs list -Hp -r -t filesystem,volume -o ${fields.join(',')} ${pool}`,
    ({ stdout }) =>
      new Map(
        rows(stdout, fields).map((row) => [
          row.name,
          {
            dataset: row.name,
            available: orNone(row.available),
            keptFree: orNone(row.usedbyrefreservation),
            refquota: orNone(row.refquota),
            refreservation: orNone(row.refreservation),
            overlay: row.overlay !== 'off',
            keyFormat: row.keyformat === 'none' ? null : orNull(row.keyformat),
          },
        ]),
      ),
  )

/** How much each of these snapshots refers to, in bytes by full name. */
export const referencedBy = (snapshots: readonly string[]): ShellCommand<ReadonlyMap<string, number>> =>
  readLine(
    "xargs -d '\\n' -r zfs get -Hpo name,value referenced",
    ({ stdout }) => new Map(rows(stdout, ['name', 'value']).map((row) => [row.name, count(row.value)])),
    { stdin: snapshots.map((name) => `${name}\n`).join('') },
  )

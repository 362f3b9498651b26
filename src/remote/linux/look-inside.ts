// Looking at the files of a snapshot, or of a dataset as it is now. What is looked at is mounted where only the one command
// sees it (unshare(1)), read-only, and the mount ends with the command: nothing on the host or in the pool is changed.
import { raw, sh } from '../../text/quote.ts'
import { readLine, type ShellCommand } from '../command.ts'
import { count } from '../table.ts'

/** What is looked at: a snapshot by its full name, a dataset by its name, or where that is mounted already. */
export type Inside =
  | { readonly kind: 'snapshot'; readonly name: string }
  | { readonly kind: 'dataset'; readonly name: string; readonly legacy?: boolean }
  | { readonly kind: 'mounted'; readonly at: string }

export interface Entry {
  /** Relative to the folder that was listed. May hold anything but a NUL. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly bytes: number
  /** ISO UTC. */
  readonly changedAt: string
  /** Octal, such as `640`. */
  readonly mode: string
  readonly owner: string
  readonly group: string
  /** Where a link leads. */
  readonly to: string | null
}

export interface Listing {
  readonly entries: readonly Entry[]
  /** There was more than was asked for. */
  readonly cut: boolean
}

/** A place that every Linux has, and that this command does not need. */
const at = '/run'

/** Mounts without what is mounted below: that is of other datasets. */
function mounting(inside: Inside): string {
  if (inside.kind === 'mounted') return sh`mount --bind ${inside.at} ${at}`
  const plain = sh`mount -t zfs -o ro ${inside.name} ${at}`
  if (inside.kind === 'snapshot') return plain
  // Unlike a snapshot, a dataset has a mountpoint of its own, which mount(8) is to leave out of account. A legacy one has
  // none, and where somebody has mounted it, it can't be mounted read-only beside that.
  return inside.legacy === true
    ? sh`{ t=$(findmnt -nlf -t zfs -S ${inside.name} -o TARGET); if [ -n "$t" ]; then mount --bind "$t" ${at}; else ${raw(plain)}; fi; }`
    : sh`mount -t zfs -o ro,zfsutil ${inside.name} ${at}`
}

const within = (inside: Inside, line: string): string => sh`unshare -m sh -c ${`${mounting(inside)} && ${line}`}`

const pathIn = (path: string): string => (path === '' ? at : `${at}/${path}`)

const fields = ['y', 's', 'T@', 'm', 'u', 'g', 'l', 'P'] as const

const kinds: Readonly<Record<string, Entry['kind']>> = { f: 'file', d: 'folder', l: 'link' }

/** Seconds since 1970 with a fraction, which before 1970 are negative, as ISO UTC. */
function changedAt(seconds: string): string {
  const date = new Date(/^-?\d{1,20}(\.\d{1,10})?$/.test(seconds) ? Number(seconds) * 1000 : Number.NaN)
  if (Number.isNaN(date.getTime())) throw new Error(`expected seconds since 1970, not ${JSON.stringify(seconds)}`)
  return date.toISOString()
}

/** find(1)'s answer, each field ended by a NUL: a name may hold any other character. */
export function parseEntries(stdout: string, most: number): Listing {
  const cells = stdout.split('\0').slice(0, -1)
  if (cells.length % fields.length !== 0) throw new Error(`find left ${cells.length} fields, not ${fields.length} each`)
  const entries = Array.from({ length: cells.length / fields.length }, (_none, row): Entry => {
    const [kind = '', bytes = '', changed = '', mode = '', owner = '', group = '', to = '', path = ''] = cells.slice(
      row * fields.length,
      (row + 1) * fields.length,
    )
    return {
      path,
      kind: kinds[kind] ?? 'other',
      bytes: count(bytes),
      changedAt: changedAt(changed),
      mode,
      owner,
      group,
      to: kind === 'l' ? to : null,
    }
  })
  return { entries: entries.slice(0, most), cut: entries.length > most }
}

const finding = (path: string, depth: string, most: number): string =>
  // With snapdir=visible every snapshot is to be seen below .zfs, and would be mounted to be looked at.
  sh`find ${pathIn(path)} -xdev -mindepth 1 ${raw(depth)} -path ${`${at}/.zfs`} -prune -o -printf ${fields.map((field) => `%${field}\\0`).join('')} | head -z -n ${fields.length * (most + 1)}`

/** What is directly in a folder, in no order. @param path relative to the top; `` is the top itself */
export const listFolder = (inside: Inside, path: string, most: number): ShellCommand<Listing> =>
  readLine(within(inside, finding(path, '-maxdepth 1', most)), ({ stdout }) => parseEntries(stdout, most), {
    compressed: true,
  })

/** All that is in a folder and below it. */
export const listBelow = (inside: Inside, path: string, most: number): ShellCommand<Listing> =>
  readLine(within(inside, finding(path, '', most)), ({ stdout }) => parseEntries(stdout, most), {
    compressed: true,
    timeoutMs: 600_000,
  })

/** How a file begins, as UTF-8. */
export const readStart = (inside: Inside, path: string, bytes: number): ShellCommand<string> =>
  readLine(within(inside, sh`head -c ${bytes} -- ${pathIn(path)}`), ({ stdout }) => stdout, { compressed: true })

// A backup as duplicity(1) writes it, in one volume that is not encrypted. Signatures are left out: only the next backup
// needs them, and no restore.
import { createHash } from 'node:crypto'
import { deltaOf } from './delta.ts'
import { inOrder, volumeOf, type Change, type Entry, type Tree } from './difftar.ts'

export interface DuplicityFile {
  readonly name: string
  readonly content: Buffer
}

interface Backup {
  /** When, ISO UTC. Of the one that it builds on too; null: it is a full one. */
  readonly at: string
  readonly from: string | null
  /** The folder then, and as it is in the backup that this one builds on. */
  readonly tree: Tree
  readonly before: Tree
  readonly hostname: string
  readonly folder: string
}

const isLike = (one: Entry, other: Entry): boolean =>
  (['type', 'mode', 'uid', 'gid', 'linkname'] as const).every((each) => one.header[each] === other.header[each]) &&
  one.header.mtime?.getTime() === other.header.mtime?.getTime() &&
  Buffer.compare(one.data, other.data) === 0

function changeAt(path: string, was: Entry | undefined, is: Entry | undefined): Change[] {
  if (is === undefined)
    return [{ path, is: 'deleted', header: { mode: 0, mtime: new Date(0) }, data: new Uint8Array() }]
  if (was === undefined) return [{ ...is, path, is: 'snapshot' }]
  if (isLike(was, is)) return []
  const areFiles = was.header.type === 'file' && is.header.type === 'file'
  return [areFiles ? { ...is, path, is: 'diff', data: deltaOf(was.data, is.data) } : { ...is, path, is: 'snapshot' }]
}

const stamp = (iso: string): string => iso.replace(/\.\d+/, '').replaceAll(/[-:]/g, '')

/** What the names of a backup's files begin with, up to a dot. */
export const stemOf = ({ at, from }: Pick<Backup, 'at' | 'from'>): string =>
  from === null ? `duplicity-full.${stamp(at)}` : `duplicity-inc.${stamp(from)}.to.${stamp(at)}`

/** In a manifest; a path in it has no spaces (Quote of manifest.py). */
const quoted = (path: string): string =>
  path === ''
    ? '.'
    : /[\s"'\\]/.test(path)
      ? `"${path.replaceAll(/[\s"'\\]/g, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
      : path

const words = { snapshot: 'new', diff: 'changed', deleted: 'deleted' } as const

/** The files of a backup in the order in which they are written: its volume, and its manifest. */
export async function backUp(backup: Backup): Promise<DuplicityFile[]> {
  const { tree, before, hostname, folder } = backup
  const changes = [...new Set([...tree.keys(), ...before.keys()])]
    .toSorted(inOrder)
    .flatMap((path) => changeAt(path, before.get(path), tree.get(path)))
  const stem = stemOf(backup)
  const volume = await volumeOf(changes)
  const files = changes.filter(({ is, header }) => is === 'deleted' || header.type === 'file')
  const manifest = [
    `Hostname ${hostname}`,
    `Localdir ${quoted(folder)}`,
    'Volume 1:',
    `    StartingPath   ${quoted(changes[0]?.path ?? '')}  `,
    `    EndingPath     ${quoted(changes.at(-1)?.path ?? '')}  `,
    `    Hash SHA1 ${createHash('sha1').update(volume).digest('hex')}`,
    `Filelist ${files.length}`,
    ...files.map(({ is, path }) => `    ${words[is].padEnd(7)}  ${quoted(path)}`),
  ]
  return [
    { name: `${stem}.vol1.difftar.gz`, content: volume },
    { name: `${stem}.manifest`, content: Buffer.from(`${manifest.join('\n')}\n`) },
  ]
}

// What one volume of duplicity(1) holds, a tar archive whose names begin with what each member is of its file: all of it, a
// delta to it, or that it is gone (duplicity's diffdir.py and patchdir.py).
import { gunzipSync, gzipSync } from 'node:zlib'
import { packTar, unpackTar, type TarHeader } from 'modern-tar'

/** A file, a folder or a symbolic link; only a file has data. */
export interface Entry {
  readonly header: Omit<TarHeader, 'name' | 'size'>
  readonly data: Uint8Array
}

/** All of a folder by path, the folder itself being `''`. */
export type Tree = ReadonlyMap<string, Entry>

/** What a backup says of one path. */
export interface Change extends Entry {
  readonly path: string
  readonly is: 'snapshot' | 'diff' | 'deleted'
}

/** As duplicity goes through a folder: what is in a folder comes right after it. */
export function inOrder(one: string, other: string): number {
  const [left, right] = [one, other].map((path) => (path === '' ? [] : path.split('/')))
  for (const [at, part] of (left ?? []).entries()) {
    const against = right?.[at]
    if (against === undefined) return 1
    if (part !== against) return Buffer.compare(Buffer.from(part), Buffer.from(against))
  }
  return (left?.length ?? 0) - (right?.length ?? 0)
}

/** A volume with these changes. */
export async function volumeOf(changes: readonly Change[]): Promise<Buffer> {
  const members = changes.map(({ path, is, header, data }) => {
    const name = `${is}/${path === '' ? '.' : path}${header.type === 'directory' ? '/' : ''}`
    return { header: { ...header, name, size: data.length }, data }
  })
  return gzipSync(await packTar(members))
}

const form = /^(?<parts>multivol_)?(?<is>snapshot|diff|deleted)\/(?<path>[^]*?)\/?$/

/** @throws Error where a name is none of duplicity's */
function changeOf(header: TarHeader, data: Uint8Array): Change {
  const { parts, is, path = '' } = form.exec(header.name)?.groups ?? {}
  const whole = (parts === undefined ? path : path.replace(/\/\d+$/, '')).replace(/^\.$/, '')
  if ((is !== 'snapshot' && is !== 'diff' && is !== 'deleted') || whole.split('/').includes('..'))
    throw new Error(`Unrecognized diff entry ${header.name}`)
  return { path: whole, is, header, data }
}

/** The changes in all volumes of one backup, in their order. @throws Error where one is no archive of duplicity's */
export async function changesIn(volumes: readonly Uint8Array[]): Promise<Change[]> {
  const changes: Change[] = []
  for (const volume of volumes)
    // Not strictly: theirs end without the zeros that end an archive.
    for (const { header, data = new Uint8Array() } of await unpackTar(gunzipSync(volume))) {
      const change = changeOf(header, data)
      const last = changes.at(-1)
      // What is larger than a block of theirs is in several members, one after the other.
      if (header.name.startsWith('multivol_') && last?.path === change.path && last.is === change.is)
        changes[changes.length - 1] = { ...change, data: Buffer.concat([last.data, data]) }
      else changes.push(change)
    }
  return changes
}

// The path of an object in the folder that it came from. Anybody who may write to the bucket chooses keys.
import { posix } from 'node:path'
import type { Dump, DumpObject } from './dump-answer.ts'

/** A key without what all of the dump's keys begin with; of a dump that an object names, its last name. */
export const pathOf = ({ prefix }: Pick<Dump, 'prefix'>, key: string): string =>
  prefix === '' || prefix.endsWith('/') ? key.slice(prefix.length) : posix.basename(key)

/** Why no file can be of this path, or undefined. A path that ends in a slash is a folder. */
function wrong(path: string): string | undefined {
  const names = path.replace(/\/$/, '').split('/')
  if (names.some((name) => name === '..' || name === '.' || name === '')) return 'leads out of its folder'
  if (names.some((name) => Buffer.byteLength(name) > 255)) return 'has a name of over 255 bytes'
  return undefined
}

/** What keeps these objects from being files of one folder, a line each. */
export function badPaths(dump: Pick<Dump, 'prefix'>, objects: readonly Pick<DumpObject, 'key'>[]): string[] {
  const paths = objects.map(({ key }) => pathOf(dump, key)).filter((path) => path !== '')
  const files = new Set(paths.filter((path) => !path.endsWith('/')))
  return paths.flatMap((path) => {
    const why = wrong(path)
    if (why !== undefined) return [`${path} ${why}`]
    const above = path.replace(/\/$/, '').split('/').slice(0, -1)
    const file = above.map((_, at) => above.slice(0, at + 1).join('/')).find((folder) => files.has(folder))
    return file === undefined ? [] : [`${file} is a file, and ${path} would lie in it`]
  })
}

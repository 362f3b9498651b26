// Where the rig is kept, and the hashes that say whether a kept stage is still the right one.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { errorCode } from '../../../text/error-code.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Lifeboat's cache folder: `LIFEBOAT_CACHE_DIR`, else the one the XDG base directory specification names. */
export function defaultCacheDir(env: Environment = process.env): string {
  if (env.LIFEBOAT_CACHE_DIR) return env.LIFEBOAT_CACHE_DIR
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lifeboat')
}

export function rigDir(cacheDir: string): string {
  return join(cacheDir, 'rig')
}

/** 12 hexadecimal digits over the parts, each of them apart: `['ab', 'c']` and `['a', 'bc']` differ. */
export function stageKey(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('hex').slice(0, 12)
}

/** The names and contents of files, and of all files in folders. File modes don't count: the scripts set them. */
export async function fingerprint(paths: readonly string[]): Promise<string> {
  const parts: string[] = []
  for (const path of paths) {
    for (const file of await filesUnder(path)) {
      parts.push(relative(path, file), await readFile(file, 'utf8'))
    }
  }
  return stageKey(parts)
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOTDIR') return null
    throw error
  })
  if (entries === null) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

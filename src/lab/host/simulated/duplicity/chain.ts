// A folder of duplicity(1)'s: which backups lead to a moment (its dup_collections.py), and what they make together.
import { createHash } from 'node:crypto'
import { patched } from './delta.ts'
import { changesIn, type Entry, type Tree } from './difftar.ts'

/** A file by its name. @throws what reading it throws */
export type ReadFile = (name: string) => Uint8Array

interface BackupSet {
  /** `20261123T021320Z`; null: it is a full one. */
  readonly from: string | null
  readonly at: string
  readonly manifest: string | undefined
  /** Names by number. */
  readonly volumes: ReadonlyMap<number, string>
}

const form =
  /^duplicity-(?:full|inc\.(?<from>\d{8}T\d{6}Z)\.to)\.(?<at>\d{8}T\d{6}Z)\.(?:vol(?<volume>\d+)\.difftar|manifest)(?:\.gz)?$/

function setsOf(names: readonly string[]): BackupSet[] {
  const found = names.flatMap((name) => {
    const { from = null, at, volume } = form.exec(name)?.groups ?? {}
    return at === undefined ? [] : [{ name, from, at, volume }]
  })
  return [...Map.groupBy(found, ({ from, at }) => `${at} ${from}`).entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, [first, ...more]]) => {
      if (first === undefined) return []
      const files = [first, ...more]
      return {
        from: first.from,
        at: first.at,
        manifest: files.find(({ volume }) => volume === undefined)?.name,
        volumes: new Map(files.flatMap(({ name, volume }) => (volume === undefined ? [] : [[Number(volume), name]]))),
      }
    })
}

/** What it ends with: a number, and what is said of it. */
export class DuplicityError extends Error {
  readonly code: number
  /** Its name in the log for programs; empty where the number is all. */
  readonly kind: string

  constructor(code: number, message: string, kind = '') {
    super(message)
    this.code = code
    this.kind = kind
  }
}

/** Something that Python was not expected to throw. */
const thrown = (kind: string, message: string): DuplicityError =>
  new DuplicityError(30, `Traceback (innermost last):\n ${message}\n`, kind)

export interface Found {
  /** All that lead to the moment, the full one first. */
  readonly sets: readonly BackupSet[]
  /** What is said besides, by its number. */
  readonly warnings: readonly (readonly [number, string])[]
}

/** The backups to a moment: of the chain over it, or else of the last before it, or else of the first. @param at ISO UTC */
export function backupsTo(names: readonly string[], at: string): Found {
  const warnings: [number, string][] = []
  const chains: BackupSet[][] = []
  for (const set of setsOf(names)) {
    const chain = chains.find((each) => each.at(-1)?.at === set.from)
    if (set.manifest === undefined)
      warnings.push([5, 'Warning, found incomplete backup sets, probably left from aborted session'])
    else if (set.from === null) chains.push([set])
    else if (chain === undefined)
      warnings.push([
        6,
        `Warning, found the following orphaned backup file:\n[${[set.manifest, ...set.volumes.values()].join(', ')}]`,
      ])
    else chain.push(set)
  }
  const moment = at.replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  const isOver = ([first, ...more]: readonly BackupSet[]): boolean =>
    first !== undefined && first.at <= moment && moment <= (more.at(-1) ?? first).at
  const chosen = chains.find(isOver) ?? chains.findLast((each) => (each.at(-1)?.at ?? '') < moment) ?? chains[0]
  if (chosen === undefined)
    throw thrown('CollectionsError', 'duplicity.dup_collections.CollectionsError: No backup chains found')
  return { sets: chosen.filter((set) => set.from === null || set.at <= moment), warnings }
}

/** The volumes of a backup that its manifest names. @throws DuplicityError where one is missing, or is another */
function volumesOf({ manifest = '', volumes }: BackupSet, read: ReadFile): Uint8Array[] {
  const text = Buffer.from(read(manifest)).toString('utf8')
  return [...text.matchAll(/^Volume (\d+):\n(?: .*\n?)*/gm)].map(([said, number]) => {
    const name = volumes.get(Number(number))
    if (name === undefined) throw thrown('KeyError', `KeyError: ${number}`)
    const content = read(name)
    const wanted = /^ *Hash SHA1 (\w+)/m.exec(said)?.[1]
    const sum = createHash('sha1').update(content).digest('hex')
    if (wanted !== undefined && wanted !== sum)
      throw new DuplicityError(
        21,
        `Invalid data - SHA1 hash mismatch for file:\n ${name}\n Calculated hash: ${sum}\n Manifest hash: ${wanted}\n`,
      )
    return content
  })
}

/** The folder that these backups make. @throws DuplicityError where they don't */
export async function treeOf(sets: readonly BackupSet[], read: ReadFile): Promise<Tree> {
  const tree = new Map<string, Entry>()
  for (const volumes of sets.map((set) => volumesOf(set, read)))
    for (const { path, is, header, data } of await changesIn(volumes))
      if (is === 'deleted') tree.delete(path)
      else if (is === 'snapshot') tree.set(path, { header, data })
      else tree.set(path, { header, data: patched(tree.get(path)?.data ?? new Uint8Array(), data) })
  return tree
}

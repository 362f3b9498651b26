// zfs hold, holds and release: zfs-hold(8).
import { finishDeferred } from './destroy.ts'
import { Failure, misused, type Out } from './failure.ts'
import { shortTime, tableLines } from './format.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import type { Host } from './model.ts'
import { descendantsOf, openDataset, openSnapshot, placeOf, snapshotName, type SnapshotPlace } from './names.ts'
import { wordsOf } from './words.ts'

const holdUsage = 'hold [-r] <tag> <snapshot> ...'
const holdsUsage = 'holds [-rH] <snapshot> ...'
const releaseUsage = 'release [-r] <tag> <snapshot> ...'

/** The snapshot that is named, and with `-r` those of the same name below. */
function named(host: Host, full: string, recursive: boolean): SnapshotPlace[] {
  const at = full.indexOf('@')
  if (at === -1) throw new Failure(`'${full}' is not a snapshot`)
  if (!recursive) return [openSnapshot(host, full)]
  const top = openDataset(host, full.slice(0, at))
  const found = [top.dataset, ...descendantsOf(top.imported.pool.state, top.dataset)].flatMap((dataset) => {
    const snapshot = dataset.snapshots.find(({ name }) => name === full.slice(at + 1))
    return snapshot === undefined ? [] : [{ imported: top.imported, dataset, snapshot }]
  })
  if (found.length === 0) throw new Failure(`cannot open '${full}': dataset does not exist`)
  return found
}

/** One name after the other: each is its own transaction group. */
function each(
  host: Host,
  words: { rest: readonly string[]; has(option: string): boolean },
  out: Out,
  work: (places: SnapshotPlace[], tag: string, full: string) => void,
  refused: (full: string) => string,
  usage: string,
): void {
  const [tag, ...names] = words.rest
  if (tag === undefined || names.length === 0) throw misused('missing arguments', usage)
  for (const full of names) {
    out.attempt(() => {
      const [dataset = '', name] = full.split('@')
      const isGone = placeOf(host, full) === undefined && name !== undefined && placeOf(host, dataset) !== undefined
      if (isGone) throw new Failure(`${refused(full)}: dataset does not exist`)
      work(named(host, full, words.has('r')), tag, full)
    })
  }
}

const notHeld = (place: SnapshotPlace): string => `cannot hold snapshot '${snapshotName(place)}'`

export function holdCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'rt', holdUsage)
  const hold = (places: SnapshotPlace[], tag: string): void => {
    if (tag.startsWith('.')) throw misused("tag may not start with '.'", holdUsage)
    const imported = places[0]?.imported
    if (imported === undefined) return
    for (const place of places) {
      checkWritable(imported, 'cannot hold')
      if (place.snapshot.holds.has(tag)) throw new Failure(`${notHeld(place)}: tag already exists on this dataset`)
    }
    beginTxg(host, imported)
    for (const { snapshot } of places) snapshot.holds.set(tag, host.kernel.now().getTime())
    commit(host, imported)
  }
  each(host, words, out, hold, (full) => `cannot hold snapshot '${full}'`, holdUsage)
}

export function releaseCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'r', releaseUsage)
  const release = (places: SnapshotPlace[], tag: string, full: string): void => {
    const imported = places[0]?.imported
    if (imported === undefined) return
    const doing = `cannot release hold from snapshot '${full}'`
    checkWritable(imported, doing)
    const held = places.filter(({ snapshot }) => snapshot.holds.has(tag))
    if (held.length === 0) throw new Failure(`${doing}: no such tag on this dataset`)
    beginTxg(host, imported)
    for (const place of held) {
      place.snapshot.holds.delete(tag)
      finishDeferred(place)
    }
    commit(host, imported)
  }
  each(host, words, out, release, (full) => `cannot release hold from snapshot '${full}'`, releaseUsage)
}

export function holdsCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'rH', holdsUsage)
  if (words.rest.length === 0) throw misused('missing arguments', holdsUsage)
  const rows: string[][] = []
  let found = 0
  for (const full of words.rest)
    out.attempt(() => {
      for (const place of named(host, full, words.has('r'))) {
        found++
        for (const [tag, ms] of place.snapshot.holds) rows.push([snapshotName(place), tag, shortTime(host, ms)])
      }
    })
  if (found === 0) out.fail('no datasets available')
  if (words.has('H')) for (const row of rows) out.print(row.join('\t'))
  else if (rows.length > 0)
    for (const line of tableLines(
      ['NAME', 'TAG', 'TIMESTAMP'].map((header) => ({ header })),
      rows,
    ))
      out.print(line)
}

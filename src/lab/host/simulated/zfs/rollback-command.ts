// zfs-rollback(8).
import { EDQUOT, EEXIST, ENOSPC, removeDataset, removeSnapshot } from './destroy.ts'
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import type { Host } from './model.ts'
import { unmountDataset, unmountSnapshot } from './mounting.ts'
import {
  clonesOf,
  datasetName,
  descendantsOf,
  nameOf,
  openSnapshot,
  placeName,
  snapshotName,
  type Place,
  type SnapshotPlace,
} from './names.ts'
import { checkRollback, rollBackHead } from './rollback.ts'
import { wordsOf } from './words.ts'

const usage = 'rollback [-rRf] <snapshot>'

/** What is newer than the target, newest first. */
function newerThan({ imported, dataset, snapshot }: SnapshotPlace): { snapshots: SnapshotPlace[]; bookmarks: Place[] } {
  const later = ({ createtxg }: { createtxg: number }): boolean => createtxg > snapshot.createtxg
  return {
    snapshots: dataset.snapshots
      .filter(later)
      .toReversed()
      .map((each) => ({ imported, dataset, snapshot: each })),
    bookmarks: dataset.bookmarks
      .filter(later)
      .toReversed()
      .map((bookmark) => ({ imported, dataset, bookmark })),
  }
}

export function rollbackCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'rRf', usage)
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing dataset argument', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  const target = openSnapshot(host, name)
  const { imported, dataset } = target
  const { snapshots, bookmarks } = newerThan(target)
  if (!words.has('r') && !words.has('R') && snapshots.length + bookmarks.length > 0)
    throw refusal(
      name,
      'more recent snapshots or bookmarks exist',
      "use '-r' to force deletion of the following snapshots and bookmarks:",
      [...snapshots, ...bookmarks].map(placeName),
    )
  const clones = snapshots.flatMap((each) => clonesOf(imported, each.snapshot))
  const dependents = clones.flatMap((each) => [each, ...descendantsOf(imported.pool.state, each)])
  if (dependents.length > 0 && !words.has('R'))
    throw refusal(
      name,
      'clones of previous snapshots exist',
      "use '-R' to force deletion of the following clones and dependents:",
      dependents.map((each) => nameOf(imported, each.path)),
    )
  // One after the other, and on after what fails: so it is.
  for (const each of [...dependents].toReversed())
    out.attempt(() => {
      checkWritable(imported, `cannot destroy '${nameOf(imported, each.path)}'`)
      unmountDataset(host, { imported, dataset: each })
      beginTxg(host, imported)
      each.snapshots = []
      removeDataset({ imported, dataset: each })
      commit(host, imported)
    })
  for (const each of bookmarks)
    out.attempt(() => {
      checkWritable(imported, `cannot destroy '${placeName(each)}'`)
      beginTxg(host, imported)
      dataset.bookmarks = dataset.bookmarks.filter((one) => one !== each.bookmark)
      commit(host, imported)
    })
  for (const each of snapshots) out.attempt(() => destroyNewer(host, each))
  if (out.exitCode === 0) rollBack(host, target)
}

const refusal = (name: string, why: string, use: string, names: readonly string[]) =>
  new Failure([`cannot rollback to '${name}': ${why}`, use, ...names].join('\n'))

function destroyNewer(host: Host, place: SnapshotPlace): void {
  const doing = `cannot destroy '${snapshotName(place)}'`
  checkWritable(place.imported, doing)
  if (place.snapshot.holds.size > 0) throw new Failure(`${doing}: dataset is busy`)
  unmountSnapshot(host, place, doing)
  beginTxg(host, place.imported)
  removeSnapshot(place)
  commit(host, place.imported)
}

const reasons: Readonly<Record<number, string>> = {
  [EDQUOT]: 'out of space',
  [ENOSPC]: 'out of space',
  [EEXIST]: 'there is a snapshot or bookmark more recent than the target',
}

function rollBack(host: Host, place: SnapshotPlace): void {
  const doing = `cannot rollback '${datasetName(place)}'`
  checkWritable(place.imported, doing)
  const errno = checkRollback(host, place, true)
  if (errno !== 0) throw new Failure(`${doing}: ${reasons[errno] ?? 'dataset is busy'}`)
  beginTxg(host, place.imported)
  rollBackHead(place.dataset)
  commit(host, place.imported)
}

// zfs destroy of snapshots: DATASET@NAME,NAME%NAME.
import { removeSnapshot } from './destroy.ts'
import { Failure, type Out } from './failure.ts'
import { niceBytes } from './format.ts'
import { beginTxg, commit, mountsOf } from './host-state.ts'
import type { Host } from './model.ts'
import { unmountSnapshot } from './mounting.ts'
import { clonesOf, descendantsOf, nameOf, openDataset, placeName, snapshotName } from './names.ts'
import type { DatasetPlace, Place, SnapshotPlace } from './names.ts'
import { freedWith } from './space.ts'
import type { Words } from './words.ts'

/** `a,b%c`: names, and ranges in the order in which they were made. What is not there is left out. */
function chosen({ imported, dataset }: DatasetPlace, list: string): SnapshotPlace[] {
  const index = (name: string): number => dataset.snapshots.findIndex((each) => each.name === name)
  const found = list.split(',').flatMap((word) => {
    const [first = '', last = first] = word.split('%')
    const from = first === '' && word.includes('%') ? 0 : index(first)
    const to = last === '' && word.includes('%') ? dataset.snapshots.length - 1 : index(last)
    return from === -1 || to === -1 ? [] : dataset.snapshots.slice(from, to + 1)
  })
  return [...new Set(found)].map((snapshot) => ({ imported, dataset, snapshot }))
}

/** @param destroyClone how a clone of one of them goes first, with `-R` */
export function destroySnapshots(
  host: Host,
  name: string,
  words: Words,
  out: Out,
  destroyClone: (clone: DatasetPlace) => void,
): void {
  const at = name.indexOf('@')
  const { imported, dataset: top } = openDataset(host, name.slice(0, at))
  const below = words.has('r') || words.has('R') ? descendantsOf(imported.pool.state, top) : []
  const snapshots = [top, ...below].flatMap((dataset) => chosen({ imported, dataset }, name.slice(at + 1)))
  if (snapshots.length === 0) return out.fail('could not find any snapshots to destroy; check snapshot names.')
  const cloned = snapshots.filter((place) => clonesOf(imported, place.snapshot).length > 0)
  const clones = cloned.flatMap((place) => clonesOf(imported, place.snapshot))
  if (words.has('R')) for (const dataset of clones) destroyClone({ imported, dataset })
  else if (cloned.length > 0 && !words.has('d')) throw new Failure(cloned.map(hasClones).join('\n'))
  tell(words, out, snapshots)
  if (words.has('v') || words.has('p')) tellSize(words, out, freedBy(snapshots))
  if (!words.has('n')) removeAll(host, snapshots, words.has('d'), out)
}

function hasClones(place: SnapshotPlace): string {
  const { imported } = place
  const named = clonesOf(imported, place.snapshot).flatMap((dataset) => [
    ...descendantsOf(imported.pool.state, dataset).toReversed(),
    dataset,
  ])
  return [
    `cannot destroy '${snapshotName(place)}': snapshot has dependent clones`,
    "use '-R' to destroy the following datasets:",
    ...named.map((dataset) => nameOf(imported, dataset.path)),
  ].join('\n')
}

function freedBy(snapshots: readonly SnapshotPlace[]): number {
  let bytes = 0
  for (const [dataset, those] of Map.groupBy(snapshots, (each) => each.dataset)) {
    const gone = those.map(({ snapshot }) => snapshot)
    for (const { imported } of those.slice(0, 1)) bytes += freedWith(imported.pool.state, dataset, gone)
  }
  return bytes
}

/** With `-v` or `-p`: what goes, or would go. */
export function tell(words: Words, out: Out, places: readonly Place[]): void {
  if (!words.has('v') && !words.has('p')) return
  const verb = words.has('n') ? 'would destroy' : 'will destroy'
  for (const place of places) out.print(words.has('p') ? `destroy\t${placeName(place)}` : `${verb} ${placeName(place)}`)
}

function tellSize(words: Words, out: Out, bytes: number): void {
  const verb = words.has('n') ? 'would reclaim' : 'will reclaim'
  out.print(words.has('p') ? `reclaim\t${bytes}` : `${verb} ${niceBytes(bytes)}`)
}

/** Why a snapshot can't go. A deferred one goes when nothing keeps it any more. */
function keeping(host: Host, { imported, snapshot }: SnapshotPlace, defer: boolean): string | undefined {
  if (imported.suspended) return 'pool I/O is currently suspended'
  if (imported.readonly) return 'pool is read-only'
  // ZFS unmounts what it has mounted below .zfs by itself.
  const isMounted = mountsOf(host, snapshot).some(({ target }) => !target.includes('/.zfs/snapshot/'))
  return (snapshot.holds.size > 0 && !defer) || isMounted ? 'dataset is busy' : undefined
}

/** All of them, or none where one can't be destroyed. */
export function removeAll(host: Host, snapshots: readonly SnapshotPlace[], defer: boolean, out: Out): boolean {
  const [first] = snapshots
  if (first === undefined) return true
  const { imported } = first
  const blocked = snapshots.filter((place) => keeping(host, place, defer) !== undefined)
  for (const place of blocked)
    out.fail(`cannot destroy snapshot ${snapshotName(place)}: ${keeping(host, place, defer)}`)
  if (blocked.length > 0) return false
  for (const place of snapshots) unmountSnapshot(host, place, `cannot destroy snapshot ${snapshotName(place)}`)
  beginTxg(host, imported)
  for (const place of snapshots) {
    const waits = place.snapshot.holds.size > 0 || clonesOf(imported, place.snapshot).length > 0
    if (waits) place.snapshot.deferred = true
    else removeSnapshot(place)
  }
  commit(host, imported)
  return true
}

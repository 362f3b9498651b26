// zfs-destroy(8).
import { checkDestroyDataset, EBUSY, removeDataset } from './destroy.ts'
import { destroySnapshots, removeAll, tell } from './destroy-snapshots.ts'
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import type { Host } from './model.ts'
import { unmountDataset } from './mounting.ts'
import { childrenOf, clonesOf, datasetName, isBelow, openDataset, placeName, placeOf } from './names.ts'
import type { DatasetPlace, Place, SnapshotPlace } from './names.ts'
import { wordsOf, type Words } from './words.ts'

const usage =
  'destroy [-fnpRrv] <filesystem|volume>\n\tdestroy [-dnpRrv] <filesystem|volume>@<snap>[%<snap>][,...]\n\tdestroy <filesystem|volume>#<bookmark>'

export function destroyCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'vpndfrR', usage)
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing dataset argument', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  if (name.includes('@'))
    return destroySnapshots(host, name, words, out, (clone) => destroyDataset(host, clone, words, out))
  if (name.includes('#')) return destroyBookmark(host, name, words)
  if (words.has('d')) throw new Failure(`cannot open '${name}': operation not applicable to datasets of this type`)
  destroyDataset(host, openDataset(host, name), words, out)
}

function destroyBookmark(host: Host, name: string, words: Words): void {
  for (const [option, what] of [
    ['n', 'dryrun'],
    ['d', 'defer destroy'],
    ['r', 'recursive'],
    ['R', 'recursive'],
  ] as const)
    if (words.has(option)) throw new Failure(`${what} is not supported with bookmark`, 255)
  const place = placeOf(host, name)
  if (place?.bookmark === undefined) throw new Failure(`bookmark '${name}' does not exist.`)
  checkWritable(place.imported, 'cannot destroy bookmark')
  beginTxg(host, place.imported)
  place.dataset.bookmarks = place.dataset.bookmarks.filter((each) => each !== place.bookmark)
  commit(host, place.imported)
}

/** What depends on a dataset, in the order in which it can go; itself is not among it. */
function dependentsOf(top: DatasetPlace): Place[] {
  const { imported } = top
  const found = new Map<string, Place>()
  const add = (place: Place): void => void found.set(placeName(place), place)
  const visit = (dataset: DatasetPlace['dataset']): void => {
    for (const child of childrenOf(imported.pool.state, dataset)) {
      if (found.has(datasetName({ imported, dataset: child }))) continue
      visit(child)
      add({ imported, dataset: child })
    }
    for (const snapshot of dataset.snapshots) {
      for (const clone of clonesOf(imported, snapshot)) {
        if (clone === top.dataset || found.has(datasetName({ imported, dataset: clone }))) continue
        visit(clone)
        add({ imported, dataset: clone })
      }
      add({ imported, dataset, snapshot })
    }
  }
  visit(top.dataset)
  return [...found.values()]
}

const refused = (place: DatasetPlace, what: string, option: string, those: readonly Place[]) =>
  new Failure(
    [
      `cannot destroy '${datasetName(place)}': ${place.dataset.type} ${what}`,
      `use '${option}' to destroy the following datasets:`,
      ...those.map(placeName),
    ].join('\n'),
  )

function destroyDataset(host: Host, place: DatasetPlace, words: Words, out: Out): void {
  const { dataset } = place
  const name = datasetName(place)
  const recursive = words.has('r') || words.has('R')
  if (dataset.path === '' && !recursive)
    throw new Failure(
      `cannot destroy '${name}': operation does not apply to pools\nuse 'zfs destroy -r ${name}' to destroy all datasets in the pool\nuse 'zpool destroy ${name}' to destroy the pool itself`,
    )
  const dependents = dependentsOf(place)
  const inside = (each: Place): boolean =>
    isBelow(each.dataset.path, dataset.path) || (each.dataset === dataset && each.snapshot !== undefined)
  const own = dependents.filter(inside)
  const clones = dependents.filter((each) => !inside(each))
  if (own.length > 0 && !recursive) throw refused(place, 'has children', '-r', own)
  if (clones.length > 0 && !words.has('R')) throw refused(place, 'has dependent clones', '-R', clones)
  tell(words, out, [...dependents, place])
  if (words.has('n')) return
  destroyAll(host, [...dependents, place], out)
}

/** One after the other, and on after what fails; snapshots that follow one another go together. */
function destroyAll(host: Host, places: readonly Place[], out: Out): void {
  let together: SnapshotPlace[] = []
  const flush = (): boolean => {
    const those = together
    together = []
    return removeAll(host, those, false, out)
  }
  for (const place of places) {
    if (place.snapshot !== undefined) {
      together.push({ ...place, snapshot: place.snapshot })
      continue
    }
    out.attempt(() => {
      // The pool's own dataset stays, whatever was asked.
      if (flush() && place.dataset.path !== '') destroyOne(host, place)
    })
  }
}

function destroyOne(host: Host, place: DatasetPlace): void {
  const { imported } = place
  const doing = `cannot destroy '${datasetName(place)}'`
  checkWritable(imported, doing)
  unmountDataset(host, place)
  const errno = checkDestroyDataset(host, place)
  if (errno !== 0) throw new Failure(`${doing}: ${errno === EBUSY ? 'dataset is busy' : 'dataset already exists'}`)
  beginTxg(host, imported)
  removeDataset(place)
  commit(host, imported)
}

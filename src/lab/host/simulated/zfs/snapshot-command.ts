// zfs-snapshot(8) and zfs-bookmark(8).
import { copyOf, type FileTree } from '../file-tree.ts'
import { settingsFrom } from './create-command.ts'
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import { newGuid } from './ids.ts'
import type { Dataset, Host, Settings, Snapshot } from './model.ts'
import { badName, datasetName, descendantsOf, openDataset, openSnapshot, type DatasetPlace } from './names.ts'
import { sameTree } from './sizes.ts'
import { wordsOf } from './words.ts'

const usage = 'snapshot [-r] [-o property=value] ... <filesystem|volume>@<snap> ...'
const bookmarkUsage = 'bookmark <snapshot|bookmark> <newbookmark>'

/** The head's files as they are now, shared with the newest snapshot where nothing was written since. */
function frozen(dataset: Dataset): FileTree {
  const newest = dataset.snapshots.at(-1)?.files
  return newest !== undefined && sameTree(newest, dataset.files) ? newest : copyOf(dataset.files)
}

/** Makes a snapshot in the transaction group that was begun. */
export function addSnapshot(
  host: Host,
  { imported, dataset }: DatasetPlace,
  made: { readonly name: string; readonly txg: number; readonly settings?: Settings },
): Snapshot {
  const { state } = imported.pool
  const snapshot: Snapshot = {
    name: made.name,
    guid: newGuid(host.kernel),
    objset: state.nextObjset++,
    createtxg: made.txg,
    createdMs: host.kernel.now().getTime(),
    files: frozen(dataset),
    holds: new Map(),
    settings: new Map(made.settings),
    volsize: dataset.type === 'volume' ? Number(dataset.settings.get('volsize')?.value ?? 0) : null,
    deferred: false,
  }
  dataset.snapshots.push(snapshot)
  return snapshot
}

/** What is not there makes the command line one that isn't understood. */
function opened(host: Host, name: string): DatasetPlace {
  try {
    return openDataset(host, name)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw misused(error.message, usage)
  }
}

export function snapshotCommand(host: Host, args: readonly string[], _out: Out): void {
  const words = wordsOf(args, 'ro:', usage)
  if (words.rest.length === 0) throw misused('missing snapshot argument', usage)
  const settings = settingsFrom(words.options.get('o') ?? [], 'filesystem', 'cannot create snapshots')
  const wanted: (DatasetPlace & { readonly name: string })[] = []
  for (const full of words.rest) {
    const at = full.indexOf('@')
    if (at === -1) throw misused(`cannot create snapshot '${full}': missing '@' delimiter in snapshot name`, usage)
    const bad = badName(full)
    if (bad !== undefined) throw new Failure(`cannot create snapshot '${full}': ${bad}`)
    const place = opened(host, full.slice(0, at))
    const name = full.slice(at + 1)
    wanted.push({ ...place, name })
    if (words.has('r'))
      for (const dataset of descendantsOf(place.imported.pool.state, place.dataset))
        wanted.push({ ...place, dataset, name })
  }
  const [first] = wanted
  if (first === undefined) return
  checkWritable(first.imported, 'cannot create snapshots ')
  if (wanted.some((each) => each.imported !== first.imported))
    throw new Failure('cannot create snapshots : snapshots must be in the same pool')
  const taken = wanted.filter((each) => each.dataset.snapshots.some(({ name }) => name === each.name))
  if (taken.length > 0) {
    const said = taken.map(
      (each) => `cannot create snapshot '${datasetName(each)}@${each.name}': dataset already exists`,
    )
    throw new Failure([...said, ...(wanted.length > 1 ? ['no snapshots were created'] : [])].join('\n'))
  }
  const txg = beginTxg(host, first.imported)
  for (const each of wanted) addSnapshot(host, each, { name: each.name, txg, settings })
  commit(host, first.imported)
}

export function bookmarkCommand(host: Host, args: readonly string[], _out: Out): void {
  const { rest } = wordsOf(args, '', bookmarkUsage)
  const [from, to] = rest
  if (from === undefined) throw misused('missing source argument', bookmarkUsage)
  if (to === undefined) throw misused('missing bookmark argument', bookmarkUsage)
  const place = openSnapshot(host, from.startsWith('@') ? `${to.split('#')[0]}${from}` : from)
  const full = to.startsWith('#') ? `${datasetName(place)}${to}` : to
  const doing = `cannot create bookmark '${full}'`
  const [of, name] = full.split('#')
  if (name === undefined || badName(full) !== undefined) throw new Failure(`${doing}: invalid name`)
  if (of !== datasetName(place)) throw new Failure(`${doing}: bookmark is in a different dataset`)
  checkWritable(place.imported, doing)
  if (place.dataset.bookmarks.some((each) => each.name === name)) throw new Failure(`${doing}: bookmark exists`)
  beginTxg(host, place.imported)
  const { guid, createtxg, createdMs } = place.snapshot
  place.dataset.bookmarks.push({ name, guid, createtxg, createdMs })
  commit(host, place.imported)
}

// zfs-clone(8) and zfs-promote(8).
import { copyOf } from '../file-tree.ts'
import { settingsFrom } from './create-command.ts'
import { EEXIST, EINVAL } from './destroy.ts'
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import { newGuid } from './ids.ts'
import type { Dataset, Host, Snapshot } from './model.ts'
import { mountIfItShould } from './mounting.ts'
import {
  badName,
  datasetAt,
  openDataset,
  openSnapshot,
  parentPath,
  placeOf,
  snapshotByGuid,
  type DatasetPlace,
} from './names.ts'
import { wordsOf } from './words.ts'

const cloneUsage = 'clone [-p] [-o property=value] ... <snapshot> <filesystem|volume>'
const promoteUsage = 'promote <clone-filesystem>'

export function cloneCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'o:p', cloneUsage)
  const [from, to, more] = words.rest
  if (from === undefined) throw misused('missing source dataset argument', cloneUsage)
  if (to === undefined) throw misused('missing target dataset argument', cloneUsage)
  if (more !== undefined) throw misused('too many arguments', cloneUsage)
  const { imported, dataset: source, snapshot } = openSnapshot(host, from)
  const doing = `cannot create '${to}'`
  const bad = /[@#]/.test(to) ? "snapshot delimiter '@' is not expected here" : badName(to)
  if (bad !== undefined) throw new Failure(`${doing}: ${bad}`)
  const settings = settingsFrom(words.options.get('o') ?? [], source.type, doing)
  if (to.split('/')[0] !== imported.name) throw new Failure(`${doing}: source and target pools differ`)
  if (placeOf(host, to) !== undefined) throw new Failure(`${doing}: dataset already exists`)
  checkWritable(imported, doing)
  const path = to.slice(imported.name.length + 1)
  const parent = parentPath(path)
  if (parent === undefined || datasetAt(imported.pool.state, parent)?.type !== 'filesystem')
    throw new Failure(`${doing}: parent does not exist`)
  const { state } = imported.pool
  for (const name of ['volsize', 'volblocksize']) {
    const value =
      name === 'volsize' && snapshot.volsize !== null
        ? { value: String(snapshot.volsize), source: 'local' as const }
        : source.settings.get(name)
    if (source.type === 'volume' && value !== undefined && !settings.has(name)) settings.set(name, value)
  }
  const clone: Dataset = {
    path,
    type: source.type,
    guid: newGuid(host.kernel),
    objset: state.nextObjset++,
    createtxg: beginTxg(host, imported),
    createdMs: host.kernel.now().getTime(),
    settings,
    files: copyOf(snapshot.files),
    snapshots: [],
    bookmarks: [],
    origin: snapshot.guid,
    crypt: source.crypt && { ...source.crypt },
    key: null,
  }
  state.datasets.push(clone)
  commit(host, imported)
  out.attempt(() => mountIfItShould(host, { imported, dataset: clone }))
}

/** Why a clone can't be promoted: an errno, and the names of snapshots that are there twice; 0: it can. */
export function checkPromote(place: DatasetPlace): { readonly errno: number; readonly conflicts: readonly string[] } {
  const going = movingTo(place)
  if (going === undefined) return { errno: EINVAL, conflicts: [] }
  const conflicts = going.snapshots
    .map((each) => each.name)
    .filter((name) => place.dataset.snapshots.some((each) => each.name === name))
  return { errno: conflicts.length > 0 ? EEXIST : 0, conflicts }
}

/** The snapshots that a clone would get, and whose they are. */
function movingTo({ imported, dataset }: DatasetPlace): { from: Dataset; snapshots: Snapshot[] } | undefined {
  const origin = dataset.origin === null ? undefined : snapshotByGuid(imported, dataset.origin)
  if (origin === undefined) return undefined
  const { dataset: from, snapshot } = origin
  return { from, snapshots: from.snapshots.slice(0, from.snapshots.indexOf(snapshot) + 1) }
}

/** Makes a clone the owner of its origin and all before it: what it was cloned from is its clone then. */
export function promote(place: DatasetPlace): void {
  const { imported, dataset: clone } = place
  const going = movingTo(place)
  if (going === undefined) return
  const { from, snapshots } = going
  const origin = clone.origin
  from.snapshots = from.snapshots.slice(snapshots.length)
  clone.snapshots = [...snapshots, ...clone.snapshots]
  // Bookmarks go with the history that they are of.
  const upTo = snapshots.at(-1)?.createtxg ?? 0
  clone.bookmarks = [...from.bookmarks.filter((each) => each.createtxg <= upTo), ...clone.bookmarks]
  from.bookmarks = from.bookmarks.filter((each) => each.createtxg > upTo)
  clone.origin = from.origin
  from.origin = origin
  if (from.key === null || clone.crypt?.root !== from.objset) return
  // The key goes with the snapshots, and so do those that use it.
  clone.key = from.key
  from.key = null
  const location = from.settings.get('keylocation')
  from.settings.delete('keylocation')
  if (location !== undefined) clone.settings.set('keylocation', location)
  for (const { crypt } of imported.pool.state.datasets) if (crypt?.root === from.objset) crypt.root = clone.objset
  if (imported.keys.delete(from.objset)) imported.keys.add(clone.objset)
}

export function promoteCommand(host: Host, args: readonly string[], _out: Out): void {
  const { rest } = wordsOf(args, '', promoteUsage)
  const [name, more] = rest
  if (name === undefined) throw misused('missing clone filesystem argument', promoteUsage)
  if (more !== undefined) throw misused('too many arguments', promoteUsage)
  const place = openDataset(host, name)
  const doing = `cannot promote '${name}'`
  if (place.dataset.origin === null) throw new Failure(`${doing}: not a cloned filesystem`)
  checkWritable(place.imported, doing)
  const { errno, conflicts } = checkPromote(place)
  if (errno !== 0) throw new Failure(`${doing}: conflicting snapshot '${conflicts[0] ?? ''}' from parent '${name}'`)
  beginTxg(host, place.imported)
  promote(place)
  commit(host, place.imported)
}

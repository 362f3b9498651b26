// Names of pools, datasets, snapshots and bookmarks, and finding what they name.
import { Failure } from './failure.ts'
import type { Bookmark, Dataset, Host, Imported, PoolState, Snapshot } from './model.ts'

export interface DatasetPlace {
  readonly imported: Imported
  readonly dataset: Dataset
}

export interface SnapshotPlace extends DatasetPlace {
  readonly snapshot: Snapshot
}

/** One of them, or with a snapshot or bookmark of it. */
export interface Place extends DatasetPlace {
  readonly snapshot?: Snapshot
  readonly bookmark?: Bookmark
}

/** `tank/home/alice` */
export const datasetName = ({ imported, dataset }: DatasetPlace): string => nameOf(imported, dataset.path)

export const nameOf = (imported: Imported, path: string): string =>
  path === '' ? imported.name : `${imported.name}/${path}`

/** With `@SNAPSHOT` or `#BOOKMARK` where it is one. */
export const placeName = (place: Place): string =>
  `${datasetName(place)}${place.snapshot ? `@${place.snapshot.name}` : ''}${place.bookmark ? `#${place.bookmark.name}` : ''}`

export const snapshotName = (place: SnapshotPlace): string => `${datasetName(place)}@${place.snapshot.name}`

export const parentPath = (path: string): string | undefined =>
  path === '' ? undefined : path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''

export const isBelow = (path: string, above: string): boolean =>
  path !== above && (above === '' || path.startsWith(`${above}/`))

export const datasetAt = (state: PoolState, path: string): Dataset | undefined =>
  state.datasets.find((each) => each.path === path)

/** Those directly below, by name. */
export const childrenOf = (state: PoolState, dataset: Dataset): Dataset[] =>
  state.datasets.filter((each) => parentPath(each.path) === dataset.path).toSorted(byPath)

/** Those below at any depth, parents first. */
export const descendantsOf = (state: PoolState, dataset: Dataset): Dataset[] =>
  childrenOf(state, dataset).flatMap((child) => [child, ...descendantsOf(state, child)])

const byPath = (a: Dataset, b: Dataset): number => Number(a.path > b.path) - Number(a.path < b.path)

const poolOf = (name: string): string => name.split(/[/@#]/)[0] ?? ''

/** Why a name can't be one (zfs_validate_name); undefined where it can. */
export function badName(name: string): string | undefined {
  const bad = /[^\w\-.: /@#%]/.exec(name.replaceAll('%', '\0'))?.[0]
  if (bad !== undefined) return `invalid character '${bad === '\0' ? '%' : bad}' in name`
  if (name.startsWith('/')) return 'leading slash in name'
  if (name.endsWith('/')) return 'trailing slash in name'
  if (name === '' || /\/\/|\/[@#]|[@#]$|^[@#]/.test(name)) return 'empty component in name'
  if ((name.match(/[@#]/g) ?? []).length > 1) return "multiple '@' and/or '#' delimiters in name"
  if (/[@#].*\//.test(name)) return "invalid character '/' in name"
  if (!/^[A-Za-z]/.test(name)) return 'name must begin with a letter'
  return name.length > 255 ? 'name is too long' : undefined
}

/** What a name names; undefined where there is nothing. */
export function placeOf(host: Host, name: string): Place | undefined {
  const imported = host.imported.get(poolOf(name))
  if (imported === undefined) return undefined
  const at = name.search(/[@#]/)
  const path = (at === -1 ? name : name.slice(0, at)).slice(imported.name.length + 1)
  const dataset = datasetAt(imported.pool.state, path)
  if (dataset === undefined || at === -1) return dataset && { imported, dataset }
  const last = name.slice(at + 1)
  if (name[at] === '@') {
    const snapshot = dataset.snapshots.find((each) => each.name === last)
    return snapshot && { imported, dataset, snapshot }
  }
  const bookmark = dataset.bookmarks.find((each) => each.name === last)
  return bookmark && { imported, dataset, bookmark }
}

/** @throws Failure as `zfs_open` has it */
export function openPlace(host: Host, name: string): Place {
  const bad = badName(name)
  if (bad !== undefined) throw new Failure(`cannot open '${name}': ${bad}`)
  const place = placeOf(host, name)
  if (place === undefined) throw new Failure(`cannot open '${name}': dataset does not exist`)
  return place
}

const otherType = (name: string) =>
  new Failure(`cannot open '${name}': operation not applicable to datasets of this type`)

export function openDataset(host: Host, name: string, type?: 'filesystem' | 'volume'): DatasetPlace {
  if (/[@#]/.test(name)) {
    throw badName(name) === undefined ? otherType(name) : new Failure(`cannot open '${name}': ${badName(name)}`)
  }
  const place = openPlace(host, name)
  if (type !== undefined && place.dataset.type !== type) throw otherType(name)
  return place
}

export function openSnapshot(host: Host, name: string): SnapshotPlace {
  if (!name.includes('@')) throw openPlace(host, name) && otherType(name)
  const place = openPlace(host, name)
  if (place.snapshot === undefined) throw otherType(name)
  return { ...place, snapshot: place.snapshot }
}

/** @throws Failure as `zpool_open` has it */
export function openPool(host: Host, name: string): Imported {
  const imported = host.imported.get(name)
  if (imported === undefined) throw new Failure(`cannot open '${name}': no such pool`)
  return imported
}

/** The snapshot of a pool that has this GUID. */
export function snapshotByGuid(imported: Imported, guid: string): SnapshotPlace | undefined {
  for (const dataset of imported.pool.state.datasets) {
    const snapshot = dataset.snapshots.find((each) => each.guid === guid)
    if (snapshot !== undefined) return { imported, dataset, snapshot }
  }
  return undefined
}

/** Who was cloned from a snapshot. */
export const clonesOf = (imported: Imported, snapshot: Snapshot): Dataset[] =>
  imported.pool.state.datasets.filter((each) => each.origin === snapshot.guid)

// What the properties of a dataset, snapshot or bookmark are, and where each value comes from.
import { isMounted } from './host-state.ts'
import type { Dataset, Host, Imported, PoolState, Setting } from './model.ts'
import { clonesOf, datasetAt, nameOf, parentPath, placeName, type Place } from './names.ts'
import { isUserProperty, propertyNamed, type Kind, type Property } from './property-table.ts'
import * as space from './space.ts'

export interface Value {
  /** As it is with `-p`; `-` where there is none. */
  readonly exact: string
  /** `-`, `local`, `default`, `received`, or `inherited from NAME`. */
  readonly source: string
}

const none: Value = { exact: '-', source: '-' }

export const kindOf = (place: Place): Kind =>
  place.bookmark !== undefined ? 'b' : place.snapshot !== undefined ? 's' : place.dataset.type === 'volume' ? 'v' : 'f'

const typeOf = (place: Place): string => ({ f: 'filesystem', v: 'volume', s: 'snapshot', b: 'bookmark' })[kindOf(place)]

/** The nearest dataset, from this one upwards, that has a setting. */
function settingFrom(state: PoolState, dataset: Dataset, name: string): { at: Dataset; setting: Setting } | undefined {
  for (let at: Dataset | undefined = dataset; at !== undefined;) {
    const setting = at.settings.get(name)
    if (setting !== undefined) return { at, setting }
    const above: string | undefined = parentPath(at.path)
    at = above === undefined ? undefined : datasetAt(state, above)
  }
  return undefined
}

function inherited(imported: Imported, dataset: Dataset, name: string, own: string): Value {
  const found = settingFrom(imported.pool.state, dataset, name)
  if (found === undefined) return { exact: own, source: 'default' }
  const { at, setting } = found
  const source = at === dataset ? setting.source : `inherited from ${nameOf(imported, at.path)}`
  return { exact: setting.value, source }
}

/** Where a filesystem is mounted, below the altroot. */
function mountpoint(imported: Imported, dataset: Dataset): Value {
  const found = settingFrom(imported.pool.state, dataset, 'mountpoint')
  const { exact, source } = inherited(imported, dataset, 'mountpoint', `/${imported.name}`)
  if (exact === 'none' || exact === 'legacy') return { exact, source }
  const below = dataset.path.slice(found?.at.path.length ?? 0).replace(/^\//, '')
  const path = below === '' ? exact : `${exact === '/' ? '' : exact}/${below}`
  return { exact: imported.altroot === null ? path : `${imported.altroot.replace(/\/$/, '')}${path}`, source }
}

const seconds = (ms: number): string => String(Math.floor(ms / 1000))

/** Those that nobody can set. */
function shownValue(host: Host, place: Place, name: string): string | undefined {
  const { imported, dataset, snapshot, bookmark } = place
  const { state } = imported.pool
  const one = bookmark ?? snapshot ?? dataset
  const root = dataset.crypt && state.datasets.find((each) => each.objset === dataset.crypt?.root)
  const origin = dataset.origin === null ? undefined : space.originPlace(imported, dataset)
  const values: Readonly<Record<string, () => string | number | null | undefined>> = {
    type: () => typeOf(place),
    creation: () => seconds(one.createdMs),
    guid: () => one.guid,
    createtxg: () => one.createtxg,
    used: () => (snapshot ? space.usedBySnapshot(state, dataset, snapshot) : space.used(state, dataset)),
    available: () => space.available(imported, dataset),
    referenced: () => (bookmark ? null : space.referenced(dataset, snapshot)),
    logicalreferenced: () => space.referenced(dataset, snapshot),
    logicalused: () => space.used(state, dataset),
    compressratio: () => '1.00',
    refcompressratio: () => '1.00',
    written: () => space.written(state, dataset, snapshot),
    usedbysnapshots: () => space.usedBySnapshots(state, dataset),
    usedbydataset: () => space.usedByDataset(state, dataset),
    usedbychildren: () => space.usedByChildren(state, dataset),
    usedbyrefreservation: () => space.usedByRefreservation(state, dataset),
    mounted: () => (isMounted(host, dataset) ? 'yes' : 'no'),
    origin: () => origin && placeName(origin),
    clones: () =>
      snapshot &&
      clonesOf(imported, snapshot)
        .map((each) => nameOf(imported, each.path))
        .join(','),
    userrefs: () => snapshot?.holds.size,
    defer_destroy: () => (snapshot?.deferred === true ? 'on' : 'off'),
    objsetid: () => (snapshot ?? dataset).objset,
    encryptionroot: () => root && nameOf(imported, root.path),
    keystatus: () => dataset.crypt && (imported.keys.has(dataset.crypt.root) ? 'available' : 'unavailable'),
    filesystem_count: () => 'none',
    snapshot_count: () => 'none',
  }
  const value = values[name]?.()
  return value === undefined || value === null || value === '' ? undefined : String(value)
}

function nativeValue(host: Host, place: Place, property: Property): Value {
  const { imported, dataset, snapshot } = place
  if (!property.of.includes(kindOf(place))) {
    // The size of a volume is a snapshot's too.
    if (property.name === 'volsize' && snapshot?.volsize != null)
      return { exact: String(snapshot.volsize), source: '-' }
    return none
  }
  if (property.readonly) return { exact: shownValue(host, place, property.name) ?? '-', source: '-' }
  if (property.name === 'mountpoint') return mountpoint(imported, dataset)
  if (property.name === 'encryption') {
    return dataset.crypt === null
      ? { exact: 'off', source: 'default' }
      : { exact: dataset.crypt.algorithm, source: '-' }
  }
  if (property.name === 'keyformat' || property.name === 'pbkdf2iters') {
    const root = dataset.crypt && imported.pool.state.datasets.find((each) => each.objset === dataset.crypt?.root)
    const format = root?.key?.format
    if (format === undefined) return { exact: property.default, source: 'default' }
    return property.name === 'keyformat'
      ? { exact: format, source: '-' }
      : { exact: format === 'passphrase' ? '350000' : '0', source: '-' }
  }
  // An encrypted dataset that inherits its key has no place of its own to look for it.
  if (property.name === 'keylocation' && dataset.crypt !== null && dataset.key === null)
    return { exact: 'none', source: 'default' }
  if (property.inherits) return inherited(imported, dataset, property.name, property.default)
  const own = dataset.settings.get(property.name)
  const source = property.once || property.name === 'volsize' || property.name === 'version' ? '-' : undefined
  return own === undefined
    ? { exact: property.default, source: source ?? 'default' }
    : { exact: own.value, source: property.name === 'volsize' ? 'local' : (source ?? own.source) }
}

/** A user property: a snapshot has its own, and those of its dataset. */
function userValue({ imported, dataset, snapshot, bookmark }: Place, name: string): Value {
  if (bookmark !== undefined) return none
  const own = snapshot?.settings.get(name)
  if (own !== undefined) return { exact: own.value, source: own.source }
  const { exact, source } = inherited(imported, dataset, name, '-')
  if (source === 'default') return none
  return snapshot !== undefined && !source.startsWith('inherited')
    ? { exact, source: `inherited from ${nameOf(imported, dataset.path)}` }
    : { exact, source }
}

/** `written@SNAPSHOT`, or `written#BOOKMARK`. */
function writtenValue({ imported, dataset, snapshot, bookmark }: Place, name: string): Value {
  const since = dataset.snapshots.find((each) => `written@${each.name}` === name)
  if (since === undefined || snapshot !== undefined || bookmark !== undefined) return none
  return { exact: String(imported.suspended ? 0 : space.writtenSince(dataset, since)), source: '-' }
}

/** Whether there is a property of this name at all. */
export const isProperty = (name: string): boolean =>
  propertyNamed(name) !== undefined || isUserProperty(name) || /^written[@#]./.test(name) || name === 'name'

export function valueOf(host: Host, place: Place, name: string): Value {
  if (name === 'name') return { exact: placeName(place), source: '-' }
  if (/^written[@#]/.test(name)) return writtenValue(place, name)
  const property = propertyNamed(name)
  return property === undefined ? userValue(place, name) : nativeValue(host, place, property)
}

/** The user properties that a place has or inherits, by name. */
export function userPropertiesOf({ imported, dataset, snapshot, bookmark }: Place): string[] {
  if (bookmark !== undefined) return []
  const names = new Set([...(snapshot?.settings.keys() ?? [])].filter(isUserProperty))
  for (let at: Dataset | undefined = dataset; at !== undefined;) {
    for (const name of at.settings.keys()) if (isUserProperty(name)) names.add(name)
    const above: string | undefined = parentPath(at.path)
    at = above === undefined ? undefined : datasetAt(imported.pool.state, above)
  }
  return [...names].toSorted()
}

// Which datasets, snapshots and bookmarks a listing is about, and in which order they come.
import { Failure, misused, type Out } from './failure.ts'
import type { Host, Imported } from './model.ts'
import { childrenOf, datasetAt, openPlace, placeName, placeOf, type Place } from './names.ts'
import { propertyNamed, type Kind } from './property-table.ts'
import { kindOf, valueOf } from './property-values.ts'

export interface Wanted {
  readonly kinds: ReadonlySet<Kind>
  /** How far below the names that are given: 0 is only these. */
  readonly depth: number
  /** What a name that is given may be beside. */
  readonly byName?: Kind
}

/** The kinds in `-t filesystem,snapshot`. */
export function kindsFrom(text: string, usage: string): Set<Kind> {
  const kinds: Readonly<Record<string, readonly Kind[]>> = {
    filesystem: ['f'],
    fs: ['f'],
    volume: ['v'],
    vol: ['v'],
    snapshot: ['s'],
    snap: ['s'],
    bookmark: ['b'],
    all: ['f', 'v', 's', 'b'],
  }
  return new Set(
    text.split(',').flatMap((word) => {
      const found = kinds[word]
      if (found === undefined) throw misused(`invalid type '${word}'`, usage)
      return found
    }),
  )
}

export const rootOf = (imported: Imported): Place => {
  const dataset = datasetAt(imported.pool.state, '')
  if (dataset === undefined) throw new Failure(`cannot open '${imported.name}': I/O error`)
  return { imported, dataset }
}

function below(place: Place, depth: number): Place[] {
  if (depth <= 0 || place.snapshot !== undefined || place.bookmark !== undefined) return []
  const { imported, dataset } = place
  const own: Place[] = [
    ...dataset.snapshots.map((snapshot) => ({ imported, dataset, snapshot })),
    ...dataset.bookmarks.map((bookmark) => ({ imported, dataset, bookmark })),
  ]
  const children = childrenOf(imported.pool.state, dataset).map((child) => ({ imported, dataset: child }))
  return [...own, ...children.flatMap((child) => [child, ...below(child, depth - 1)])]
}

/** A dataset by its name, or by a path in what it has mounted. */
function named(host: Host, name: string): Place {
  if (!name.startsWith('/')) return openPlace(host, name)
  const mount = host.kernel
    .mounts()
    .filter(({ target }) => target === '/' || name === target || name.startsWith(`${target}/`))
    .toSorted((a, b) => a.target.length - b.target.length)
    .at(-1)
  const place = mount?.fstype === 'zfs' ? placeOf(host, mount.source) : undefined
  if (place === undefined) throw new Failure(`cannot open '${name}': not a ZFS filesystem`)
  return place
}

/** The places that are named, or all; names that name nothing are told on stderr. */
export function collect(host: Host, names: readonly string[], wanted: Wanted, out: Out): Place[] {
  const found = new Map<string, Place>()
  const add = (place: Place, depth: number): void => {
    for (const one of [place, ...below(place, depth)]) if (wanted.kinds.has(kindOf(one))) found.set(placeName(one), one)
  }
  if (names.length === 0) for (const imported of host.imported.values()) add(rootOf(imported), Infinity)
  for (const name of names) {
    out.attempt(() => {
      const place = named(host, name)
      const plain = wanted.kinds.has('f') || wanted.kinds.has('v')
      if (wanted.byName === kindOf(place)) return void found.set(placeName(place), place)
      if (
        !wanted.kinds.has(kindOf(place)) &&
        (wanted.depth === 0 || kindOf(place) === 's' || kindOf(place) === 'b') &&
        plain
      )
        throw new Failure(`cannot open '${name}': operation not applicable to datasets of this type`)
      add(place, wanted.depth)
    })
  }
  return [...found.values()].toSorted(byName)
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b)

const upTo = (place: Place): string => placeName(place).split('@')[0] ?? ''

/** As zfs_compare: snapshots come behind their dataset, oldest first. */
function byName(a: Place, b: Place): number {
  const order = compare(upTo(a), upTo(b))
  if (order !== 0) return order
  return (a.snapshot?.createtxg ?? -1) - (b.snapshot?.createtxg ?? -1) || compare(placeName(a), placeName(b))
}

export interface Order {
  readonly property: string
  readonly descending: boolean
}

/** Sorts by properties (`-s`, `-S`), and by name what is alike in all of them. */
export function sorted(host: Host, places: readonly Place[], orders: readonly Order[]): Place[] {
  if (orders.length === 0) return [...places]
  const keyed = places.map((place) => ({
    place,
    keys: orders.map(({ property }) => {
      const { exact } = valueOf(host, place, property)
      const text = (propertyNamed(property)?.type ?? 'text') === 'text' && !property.startsWith('written@')
      return text ? exact : exact === '-' ? -1n : BigInt(exact)
    }),
  }))
  return keyed
    .toSorted((a, b) => {
      for (const [at, { descending }] of orders.entries()) {
        const [x, y] = [a.keys[at] ?? '', b.keys[at] ?? '']
        if (x !== y) return (x > y ? 1 : -1) * (descending ? -1 : 1)
      }
      return byName(a.place, b.place)
    })
    .map(({ place }) => place)
}

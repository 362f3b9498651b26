import { compareKeys } from '../store/key-index.ts'
import type { KeyIndex } from '../store/key-index.ts'

export interface Wanted {
  readonly prefix: string
  /** Empty for none. */
  readonly delimiter: string
  readonly from: From
  /** How many keys and common prefixes at most. */
  readonly max: number
}

/** Where a listing begins: at the first key, after a key, or after all keys of a common prefix. */
export type From = { readonly afterKey: string } | { readonly afterPrefix: string } | null

export interface Listed<T> {
  readonly entries: readonly (readonly [key: string, value: T])[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins; null where this is the last. */
  readonly next: From
}

/**
 * One page of the keys with that prefix, in their order. Those with the delimiter behind it count as one. Only the keys
 * that `pick` makes something of are there. What is left out costs nothing, but for what `pick` doesn't take.
 */
export function list<V, T>(index: KeyIndex<V>, wanted: Wanted, pick: (value: V) => T | null): Listed<T> {
  const { delimiter, max, prefix } = wanted
  const entries: [string, T][] = []
  const commonPrefixes: string[] = []
  let last: From = null
  let place = start(index, wanted)
  for (;;) {
    const found = index.at(place)
    if (found === null || !found[0].startsWith(prefix)) return { entries, commonPrefixes, next: null }
    const [key, value] = found
    const picked = pick(value)
    if (picked === null) {
      place += 1
      continue
    }
    // A page of nothing has nothing after it either.
    if (entries.length + commonPrefixes.length >= max) return { entries, commonPrefixes, next: max === 0 ? null : last }
    const common = commonPrefix(key, prefix, delimiter)
    if (common === null) {
      entries.push([key, picked])
      last = { afterKey: key }
      place += 1
    } else {
      commonPrefixes.push(common)
      last = { afterPrefix: common }
      place = index.afterAll(common)
    }
  }
}

function start<V>(index: KeyIndex<V>, { from, prefix }: Wanted): number {
  const first = index.from(prefix)
  if (from === null) return first
  return Math.max(first, 'afterKey' in from ? index.after(from.afterKey) : index.afterAll(from.afterPrefix))
}

/** What a key is listed as; null is as itself. */
function commonPrefix(key: string, prefix: string, delimiter: string): string | null {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return at === -1 ? null : key.slice(0, at + delimiter.length)
}

/** A marker of the older listings: a whole common prefix is over once one of its keys was named. */
export function fromMarker(marker: string, prefix: string, delimiter: string): From {
  if (marker === '') return null
  const common = marker.startsWith(prefix) ? commonPrefix(marker, prefix, delimiter) : null
  return common === null || compareKeys(marker, common) < 0 ? { afterKey: marker } : { afterPrefix: common }
}

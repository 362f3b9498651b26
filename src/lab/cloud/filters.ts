import { ApiError } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import type { Tags } from './state/resources.ts'
import { wildcards } from './wildcards.ts'

export interface Filter {
  readonly name: string
  readonly values: readonly string[]
}

/** For each filter that a list knows, the texts of one of its entries that the filter may match. */
export type FilterTable<T> = Readonly<Record<string, (entry: T) => readonly string[]>>

/** Reads `Filter.N.Name` and `Filter.N.Value.M`. */
export function readFilters(parameters: Parameters): readonly Filter[] {
  const filters = parameters
    .structures('Filter')
    .map((filter) => ({ name: filter.required('Name'), values: filter.texts('Value') }))
  const values = filters.flatMap((filter) => filter.values)
  if (values.length > 200) {
    throw new ApiError('FilterLimitExceeded', 'The maximum number of filter values specified on a single call is 200')
  }
  if (values.some((value) => value.length > 255)) {
    throw new ApiError('FilterLimitExceeded', 'The maximum length for a filter value is 255 characters')
  }
  return filters
}

/** A test of one entry: each filter must match, by any of its values. Throws for a filter that the list doesn't know. */
export function filterBy<T>(filters: readonly Filter[], table: FilterTable<T>, tagsOf: (entry: T) => Tags) {
  const tests = filters.map(({ name, values }) => {
    const patterns = values.map(wildcards)
    const textsOf = textsFor(name, table, tagsOf)
    return (entry: T) => textsOf(entry).some((text) => patterns.some((pattern) => pattern(text)))
  })
  return (entry: T): boolean => tests.every((test) => test(entry))
}

function textsFor<T>(name: string, table: FilterTable<T>, tagsOf: (entry: T) => Tags): (entry: T) => readonly string[] {
  if (name === 'tag-key') return (entry) => [...tagsOf(entry).keys()]
  // A tag's own key may have colons too: only the first one ends the prefix.
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length)
    return (entry) => {
      const value = tagsOf(entry).get(key)
      return value === undefined ? [] : [value]
    }
  }
  const known = Object.hasOwn(table, name) ? table[name] : undefined
  if (known === undefined) throw new ApiError('InvalidParameterValue', `The filter '${name}' is invalid`)
  return known
}

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterBy } from '../../../src/lab/cloud/filters.ts'
import { ApiError } from '../../../src/lab/cloud/protocol/api-error.ts'
import { Parameters, parseParameters } from '../../../src/lab/cloud/protocol/parameters.ts'
import { wildcards } from '../../../src/lab/cloud/wildcards.ts'

/** The plainest account of what a wildcard means. */
function naive(pattern: readonly string[], text: readonly string[]): boolean {
  const [sign, ...rest] = pattern
  if (sign === undefined) return text.length === 0
  if (sign === '*') return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)))
  if (text.length === 0) return false
  if (sign === '\\' && rest.length > 0) return rest[0] === text[0] && naive(rest.slice(1), text.slice(1))
  return (sign === '?' || sign === text[0]) && naive(rest, text.slice(1))
}

const sign = fc.constantFrom('a', 'b', '.', '*', '?', '\\', '😀')
const text = fc.array(sign, { maxLength: 7 })

describe('filters', () => {
  test('match wildcards as the plainest account of them does', () => {
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        expect(wildcards(pattern.join(''))(value.join(''))).toBe(naive(pattern, value))
      }),
      { numRuns: 3000 },
    )
  })

  test('match a value of itself when its signs are escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(wildcards(value.replaceAll(/[\\*?]/g, String.raw`\$&`))(value)).toBe(true)
      }),
    )
  })

  test('answer at once for a value of stars', () => {
    const start = performance.now()
    expect(wildcards('*a'.repeat(120))('a'.repeat(119) + 'b'.repeat(130))).toBe(false)
    expect(performance.now() - start).toBeLessThan(200)
  })

  test('are all met by any one of their values', () => {
    const entry = fc.record({ size: fc.constantFrom('1', '2'), tag: fc.option(fc.constantFrom('x', 'y')) })
    const sizes = fc.subarray(['1', '2', '3'])
    const tags = fc.subarray(['x', 'y'])
    fc.assert(
      fc.property(fc.array(entry), sizes, tags, (entries, wantedSizes, wantedTags) => {
        const wanted = filterBy<{ size: string; tag: string | null }>(
          [
            { name: 'size', values: wantedSizes },
            { name: 'tag:k:k', values: wantedTags },
          ],
          { size: (one) => [one.size] },
          (one) => new Map(one.tag === null ? [] : [['k:k', one.tag]]),
        )
        const expected = entries.filter(
          (one) => wantedSizes.includes(one.size) && one.tag !== null && wantedTags.includes(one.tag),
        )
        expect(entries.filter(wanted)).toEqual(expected)
      }),
    )
  })
})

describe('parameters', () => {
  test('are read back as they were written, nested lists in the order of their numbers', () => {
    const filter = fc.record({ name: fc.string(), values: fc.array(fc.string(), { maxLength: 12 }) })
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 12 }), (filters) => {
        const form = new URLSearchParams()
        for (const [n, { name, values }] of filters.entries()) {
          form.append(`Filter.${n + 1}.Name`, name)
          for (const [m, value] of values.entries()) form.append(`Filter.${n + 1}.Value.${m + 1}`, value)
        }
        const read = new Parameters(parseParameters(form.toString())).structures('Filter')
        expect(read.map((one) => ({ name: one.text('Name'), values: one.texts('Value') }))).toEqual(filters)
      }),
    )
  })

  test('of any kind are all read, or refused as malformed', () => {
    const part = fc.constantFrom('A', '1', '2', '', '__proto__')
    const name = fc.array(part, { maxLength: 4 }).map((path) => path.join('.'))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
        const clash = pairs.some(([one], n) =>
          pairs.some(([two], m) => n !== m && (one === two || two.startsWith(`${one}.`))),
        )
        expect(readOrCode(pairs)).toEqual(clash ? 'MalformedQueryString' : new Map(pairs))
      }),
    )
  })
})

function readOrCode(pairs: [string, string][]): ReadonlyMap<string, string> | string {
  try {
    return new Map(new Parameters(parseParameters(new URLSearchParams(pairs).toString())).flat())
  } catch (error) {
    if (error instanceof ApiError) return error.code
    throw error
  }
}

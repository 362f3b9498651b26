import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromMarker, list } from '../../../../src/lab/cloud/s3/operations/listing.ts'
import type { From, Listed } from '../../../../src/lab/cloud/s3/operations/listing.ts'
import { compareKeys, KeyIndex } from '../../../../src/lab/cloud/s3/store/key-index.ts'

const unit = fc.constantFrom('a', 'b', '/', '-', '\uffee', '😀', '0')
const key = fc.string({ unit, minLength: 1, maxLength: 6 })
const keys = fc.uniqueArray(key, { maxLength: 30 })
const wanted = fc.record({ prefix: fc.string({ unit, maxLength: 2 }), delimiter: fc.constantFrom('', '/', '-', 'ab') })
const inBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The plainest account of a listing: what each key is listed as, once, in the order of bytes. */
function naive(all: readonly string[], prefix: string, delimiter: string): readonly string[] {
  const shown = all
    .filter((one) => one.startsWith(prefix))
    .map((one) => {
      const at = delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length)
      return at === -1 ? one : `${one.slice(0, at + delimiter.length)} …`
    })
  return [...new Set(shown)].toSorted((a, b) => inBytes(a.replace(' …', ''), b.replace(' …', '')) || inBytes(a, b))
}

const indexOf = (all: readonly string[]) => new KeyIndex(all.map((one) => [one, one] as const))

describe('a listing', () => {
  test('has the same keys and prefixes in pages of any size as at once', () => {
    fc.assert(
      fc.property(keys, wanted, fc.integer({ min: 1, max: 7 }), (all, { delimiter, prefix }, max) => {
        const found: string[] = []
        let from: From = null
        do {
          const page: Listed<string> = list(indexOf(all), { prefix, delimiter, from, max }, (one) => one)
          expect(page.entries.length + page.commonPrefixes.length).toBeLessThanOrEqual(max)
          found.push(...page.entries.map(([one]) => one), ...page.commonPrefixes.map((one) => `${one} …`))
          from = page.next
        } while (from !== null)
        expect(found.toSorted()).toEqual(naive(all, prefix, delimiter).toSorted())
      }),
      { numRuns: 500 },
    )
  })

  test('without a delimiter goes on behind any key, which need not be there', () => {
    fc.assert(
      fc.property(keys, key, (all, marker) => {
        const from = fromMarker(marker, '', '')
        const { entries } = list(indexOf(all), { prefix: '', delimiter: '', from, max: 1000 }, (one) => one)
        const expected = all.filter((one) => inBytes(one, marker) > 0).toSorted(inBytes)
        expect(entries.map(([one]) => one)).toEqual(expected)
      }),
    )
  })

  test('leaves out what is not picked, and a page that is full says whether more is picked behind it', () => {
    fc.assert(
      fc.property(keys, (all) => {
        const picked = all.filter((one) => one.includes('a'))
        const wantedAll = { prefix: '', delimiter: '', from: null, max: Math.max(picked.length, 1) }
        const page = list(indexOf(all), wantedAll, (one) => (one.includes('a') ? one : null))
        expect(page.entries.map(([one]) => one).toSorted()).toEqual(picked.toSorted())
        expect(page.next).toBeNull()
      }),
    )
  })
})

describe('the index of keys', () => {
  test('is in the order of bytes, whatever is put and deleted', () => {
    fc.assert(
      fc.property(keys, keys, (first, second) => {
        const index = indexOf(first)
        for (const one of second) index.set(one, one)
        for (const one of first.slice(0, 5)) index.delete(one)
        const left = [...new Set([...first, ...second])].filter((one) => !first.slice(0, 5).includes(one))
        const found = Array.from({ length: index.size }, (_, place) => index.at(place)?.[0])
        expect(found).toEqual(left.toSorted(inBytes))
      }),
    )
  })

  test('compares as bytes do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(inBytes(a, b)))
      }),
    )
  })

  test('of a hundred thousand keys is made, paged through and grouped in no time', () => {
    const all = Array.from({ length: 100_000 }, (_, n) => `${n % 10}/${n % 1000}/${n}`)
    const start = performance.now()
    const index = indexOf(all)
    let count = 0
    let from: From = null
    do {
      const page: Listed<string> = list(index, { prefix: '', delimiter: '', from, max: 1000 }, (one) => one)
      count += page.entries.length
      from = page.next
    } while (from !== null)
    const groups = list(index, { prefix: '', delimiter: '/', from: null, max: 1000 }, (one) => one)
    expect([count, groups.commonPrefixes.length]).toEqual([100_000, 10])
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

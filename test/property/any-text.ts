// Texts that a parser may be given, and what it may do with them.
import * as fc from 'fast-check'
import { expect } from 'vitest'

/** As many cases as each property is tried with. */
export const runs = { numRuns: 10_000 }

/** Names as ZFS allows them, awkward ones among them, up to its limits. */
export const zfsName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.: -]{0,20}[A-Za-z0-9_.:-]$/),
  fc.constantFrom(
    'a',
    '-',
    'a b',
    '2026-01-31_12.17.00--1w',
    'x'.repeat(200),
    '..a',
    'zrepl_20260131_121700_000',
    '100%',
  ),
)

/** A dataset with its pool and up to three levels below. */
export const datasetName = fc
  .array(zfsName, { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))
  .map((name) => (name.startsWith('-') ? `p${name}` : name))

/** What stands in a mountpoint, a serial, a unit's property: anything that fits on a line and has no tab. */
export const lineText = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom(
      "it's",
      '"quoted"',
      'a=b',
      'é世🚀',
      '\u202egnp',
      '\u2028',
      '%s',
      String.raw`b\x2dc`,
      ' padded ',
      '-',
    ),
  )
  .map((text) => text.toWellFormed().replaceAll(/[\t\n\r\0]/g, ' '))

/** Whole numbers as ZFS prints them, up to the greatest there are. */
export const number = fc.oneof(fc.nat().map(String), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(String))

const pieces = [
  '\n', '\n\n', '\t', '\r\n', '\0', ' ', '-', '--', '=', ':', '@', '#', '/', '{', '}', '[', ']', '"', "'", ',', 'null', '1', '-1',
  '1e999', 'NaN', 'Infinity', '99999999999999999999999', 'yes', 'no', 'tank', 'tank@a', 'snapshot', 'bookmark', 'volume',
  'LABEL 0', '    name: ', '    pool_guid: 1', '    state: 0', '    vdev_tree:\n', 'Id=', 'NRestarts=', 'ended ', 'running',
  'held ', 'uid 0', '{"return":', '{"blockdevices":[', '"__proto__"', 'constructor', '\u202e', '\u2028', '\u001b[2J', '\ud800',
  'é', '世', '🚀', '%', '\\', '$(x)', '`', 'port ', 'hostname ', '2026-01-31', 'T', '12:00:00', 'Z', '2026-02-30T25:61:00Z',
] // prettier-ignore

/** Garbage: bytes, pieces of what parsers look for, and nothing. */
export const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((all) => all.join('')),
)

/** One piece many times over, on which a pattern that tries too much would never end. */
export const endless = pieces.map((piece) => piece.repeat(Math.ceil(20_000 / piece.length)))

/** A text that was good, cut off, or with a part lost, doubled or replaced; or with something else where a number was. */
export const garbled = (good: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(good, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 12 }), garbage, fc.nat({ max: 4 }))
    .map(([text, where, much, other, how]) => {
      const at = Math.floor(where * text.length)
      const rest = text.slice(at + much)
      if (how === 0) return text.slice(0, at)
      if (how === 1) return text.slice(0, at) + rest
      if (how === 2) return text.slice(0, at + much) + text.slice(at)
      if (how === 4) return text.slice(0, at) + text.slice(at).replace(/\d+/, () => other)
      return text.slice(0, at) + other + rest
    })

/** What is not whole in a value: no number, no time, a property without a value. */
function flaws(value: unknown, path = 'it'): string[] {
  if (value === undefined) return [`${path} is undefined`]
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`]
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? [`${path} is no date`] : []
  if (value instanceof Map) return flaws([...(value as Map<unknown, unknown>)], path)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) => flaws(each, `${path}.${key}`))
}

/** JavaScript's own errors of code that took for granted what was not there. A SyntaxError is JSON.parse's verdict. */
const isSlip = (error: unknown): boolean =>
  !(error instanceof Error) || error.message === '' || error instanceof TypeError || error instanceof RangeError

/**
 * What a parser makes of a text; `undefined` is "there is none". A value has to be whole and an error a clear one.
 */
export function soundly<T>(parse: () => T): T | Error | undefined {
  let value: T
  try {
    value = parse()
  } catch (error) {
    expect(isSlip(error), `a slip, not an error of the parser's: ${String(error)}`).toBe(false)
    return error as Error
  }
  expect(value === undefined ? [] : flaws(value)).toEqual([])
  return value
}

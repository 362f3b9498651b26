import { describe, expect, it } from 'vitest'
import { count, instant, orNull, rows } from '../../src/remote/table.ts'

describe('rows', () => {
  it('are named by their fields', () => {
    expect(rows('tank\t1\ntank/irc\t2\n', ['name', 'used'])).toEqual([
      { name: 'tank', used: '1' },
      { name: 'tank/irc', used: '2' },
    ])
  })

  it('keep spaces and empty cells', () => {
    expect(rows('tank/my data\t\n', ['name', 'origin'])).toEqual([{ name: 'tank/my data', origin: '' }])
  })

  it('of no output are none', () => {
    expect(rows('', ['name'])).toEqual([])
  })

  it.each([
    ['too few', 'tank\n'],
    ['too many', 'tank\t1\t2\n'],
  ])('with %s fields are refused, not shifted', (_, stdout) => {
    expect(() => rows(stdout, ['name', 'used'])).toThrow(/expected 2 fields \(name, used\)/)
  })
})

it.each([
  ['-', null],
  ['', null],
  ['--', '--'],
  ['tank@a', 'tank@a'],
])('the cell %j is the value %j', (cell, value) => {
  expect(orNull(cell)).toBe(value)
})

describe('a whole number', () => {
  it.each([
    ['0', 0],
    ['1795289022', 1_795_289_022],
    ['18446744073709551615', 2 ** 64],
  ])('%s is read', (cell, number) => {
    expect(count(cell)).toBe(number)
  })

  it.each(['', '-', '1.5', '-1', '1e3', '0x10', ' 1', '1\n', '98.3K', '９'])('%j is none', (cell) => {
    expect(() => count(cell)).toThrow(/^expected a whole number, not /)
  })
})

describe('an instant', () => {
  it('is read of seconds', () => {
    expect(instant('1795289022')).toBe('2026-11-21T19:23:42.000Z')
  })

  it.each(['', 'soon', '8640000000001', '99999999999999999999'])('%j is none', (cell) => {
    expect(() => instant(cell)).toThrow(/^expected (?:a whole number|seconds since 1970), not /)
  })
})

import { describe, expect, it } from 'vitest'
import { orNull, rows } from '../../src/remote/table.ts'

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

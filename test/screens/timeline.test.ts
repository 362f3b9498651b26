import * as fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { fittingScale, scales, timeline } from '../../src/screens/timeline.ts'

const hour = 3_600_000
const glyphs = { mark: '|', marks: 'H', chosen: '@', goes: 'x', gap: '.', more: '...' }

const marksAt = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b).map((atMs, at) => ({ name: `s${at}`, atMs, createtxg: at + 1, holds: 0 }))

const times = fc.array(fc.integer({ min: Date.UTC(2020), max: Date.UTC(2026) }), { maxLength: 50 })

const shapes = fc.record({
  tracks: fc.array(fc.record({ dataset: fc.string({ minLength: 1 }), marks: times.map(marksAt) }), { maxLength: 20 }),
  destroys: fc.boolean(),
  columnMs: fc.constantFrom(...scales),
  columns: fc.integer({ min: 30, max: 200 }),
  rows: fc.integer({ min: 0, max: 12 }),
  txg: fc.integer({ min: 0, max: 60 }),
})

const drawn = (rows: ReturnType<typeof timeline>): string[] =>
  rows.map((pieces) => pieces.map((each) => each.text).join(''))

const every = (ms: number) => [{ dataset: 'tank', marks: marksAt(Array.from({ length: 20 }, (_none, at) => at * ms)) }]

describe('the picture of a tree', () => {
  it('is never wider or higher than its room, and shows the chosen snapshot of whatever it shows', () => {
    fc.assert(
      fc.property(shapes, ({ txg, ...shape }) => {
        const { tracks, columns, rows } = shape
        const chosen = new Map(tracks.filter(({ marks }) => marks.length >= txg).map(({ dataset }) => [dataset, txg]))
        const picture = timeline({ ...shape, chosen, nowMs: Date.UTC(2026), glyphs })
        expect(picture.length).toBeLessThanOrEqual(rows)
        for (const line of drawn(picture)) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
      }),
      { numRuns: 2000 },
    )
  })

  it('has a column for each hour, and shows what is missing between the first snapshot and the last', () => {
    const now = Date.UTC(2026, 0, 2, 0, 30)
    const marks = marksAt([0, 1, 2, 5, 6].map((back) => now - back * hour))
    const chosen = new Map([['tank', 4]])
    const picture = timeline({
      tracks: [{ dataset: 'tank', marks }],
      chosen,
      destroys: true,
      nowMs: now,
      columnMs: hour,
      columns: 35,
      rows: 4,
      glyphs,
    })
    expect(drawn(picture)).toEqual([
      '@ chosen  x destroyed',
      'UTC  12-31      06h   12h   18h now',
      `tank ${' '.repeat(23)}||..|@x`,
    ])
    expect(picture[2]?.at(-1)).toEqual({ text: 'x', tone: 'newer' })
  })

  it('says what its signs mean, and that a dataset has no snapshots', () => {
    const shape = { chosen: new Map([['tank', 20]]), nowMs: 20 * hour, columnMs: hour, columns: 76, rows: 5, glyphs }
    const tracks = [...every(hour), { dataset: 'none', marks: [] }]
    const picture = drawn(timeline({ ...shape, tracks, destroys: false }))
    expect(picture[0]).toBe('@ chosen  | one snapshot  H several  . none  1 column: 1 h')
    expect(picture[3]).toBe('none no snapshots')
    expect(drawn(timeline({ ...shape, tracks, destroys: true }))[0]).toContain('@ chosen  x destroyed  | one')
  })

  it('begins with as much time in a column as lies between two snapshots', () => {
    expect(fittingScale(every(hour + 20_000))).toBe(hour)
    expect(fittingScale(every(hour / 4))).toBe(hour / 4)
    expect(fittingScale(every(24 * hour))).toBe(24 * hour)
    expect(fittingScale([])).toBe(hour)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expiry, parseZfsnapName, type Ttl } from '../../src/remote/zfsnap.ts'

const runs = { numRuns: 10_000 }

const two = (count: number): string => String(count).padStart(2, '0')

/** A moment with a real date, as its parts. */
const moments = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19))

const count = fc.option(fc.integer({ min: 1, max: 9999 }), { nil: 0 })

const ttls = fc
  .record({ y: count, m: count, w: count, d: count, h: count, M: count, s: count })
  .filter((parts) => Object.values(parts).some((each) => each > 0))

type Parts = typeof ttls extends fc.Arbitrary<infer T> ? T : never

const written = (parts: Parts): string =>
  (['y', 'm', 'w', 'd', 'h', 'M', 's'] as const)
    .filter((unit) => parts[unit] > 0)
    .map((unit) => `${parts[unit]}${unit}`)
    .join('')

const meant = ({ y, m, w, d, h, M, s }: Parts): Ttl => ({
  years: y,
  months: m,
  seconds: w * 604_800 + d * 86_400 + h * 3600 + M * 60 + s,
})

const prefixes = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^[A-Za-z0-9_.:-]{0,12}-$/),
  fc.constantFrom('hourly-', 'a--b-', '2026-11-20_23.00.00--1w', 'before the upgrade '),
)

const nameOf = (prefix: string, moment: string, ttl: string): string =>
  `${prefix}${moment.replace('T', '_').replaceAll(':', '.')}--${ttl}`

describe("zfsnap's names", () => {
  it('parse back to the prefix, the local time and the time to live that they were made of', () => {
    fc.assert(
      fc.property(prefixes, moments, fc.oneof(fc.constant('forever' as const), ttls), (prefix, moment, ttl) => {
        const name = nameOf(prefix, moment, ttl === 'forever' ? ttl : written(ttl))
        expect(parseZfsnapName(name)).toEqual({
          prefix,
          localTime: moment,
          ttl: ttl === 'forever' ? ttl : meant(ttl),
        })
      }),
      runs,
    )
  })

  it('are never found in a day or an hour that does not exist', () => {
    const days = fc
      .record({
        year: fc.integer({ min: 1970, max: 2100 }),
        month: fc.integer({ min: 0, max: 19 }),
        day: fc.integer({ min: 0, max: 39 }),
      })
      .filter(({ year, month, day }) => {
        const date = new Date(Date.UTC(year, month - 1, day))
        return date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day
      })
    const wrongDay = fc.record({ day: days, hour: fc.integer({ min: 0, max: 23 }) })
    const wrongHour = fc.record({
      day: fc.constant({ year: 2026, month: 11, day: 20 }),
      hour: fc.integer({ min: 24, max: 99 }),
    })
    fc.assert(
      fc.property(fc.oneof(wrongDay, wrongHour), ({ day: { year, month, day }, hour }) => {
        expect(parseZfsnapName(`hourly-${year}-${two(month)}-${two(day)}_${two(hour)}.00.00--1w`)).toBeUndefined()
      }),
      runs,
    )
  })

  it('are looked for in any text without an error', () => {
    const nearly = fc.array(fc.constantFrom('--', '2026-11-20_23.00.00', '1w', 'forever', '-', '\n', '0', '__proto__'))
    const junk = fc.oneof(
      fc.string({ unit: 'binary' }),
      nearly.map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(junk, (name) => {
        const { localTime = '' } = parseZfsnapName(name) ?? {}
        expect(name).toContain(localTime.replace('T', '_').replaceAll(':', '.'))
      }),
      runs,
    )
  })

  it.each([
    ['the first version’s bare seconds', '3600', { years: 0, months: 0, seconds: 3600 }],
    ['its zero', '0d', { years: 0, months: 0, seconds: 0 }],
    ['its leading zero', '01d', { years: 0, months: 0, seconds: 86_400 }],
    ['months apart from minutes', '2m3M', { years: 0, months: 2, seconds: 180 }],
  ])('may have %s as time to live', (_, ttl, expected) => {
    expect(parseZfsnapName(`2026-11-20_23.00.00--${ttl}`)?.ttl).toEqual(expected)
  })

  it.each([
    'autosnap_2026-11-20_23:00:00_hourly',
    'zfs-auto-snap_hourly-2026-11-20-2300',
    'before-upgrade',
    '2026-11-20_23.00.00',
    '2026-11-20_23.00.00--',
    '2026-11-20_23.00.00--1d1w',
    '2026-11-20_23.00.00--1w1w',
    '2026-11-20_23.00.00--soon',
    '2026-11-20_23.00.00-x--1w',
    '2026-11-20_23.00.60--1w',
    '2026-02-29_00.00.00--1w',
  ])('are not %s', (name) => {
    expect(parseZfsnapName(name)).toBeUndefined()
  })

  it('may be in a leap day', () => {
    expect(parseZfsnapName('2028-02-29_00.00.00--1w')?.localTime).toBe('2028-02-29T00:00:00')
  })
})

describe('the end of a time to live', () => {
  it.each([
    ['2026-11-20T23:00:00Z', { years: 0, months: 0, seconds: 604_800 }, '2026-11-27T23:00:00.000Z'],
    ['2026-02-27T00:00:00Z', { years: 0, months: 1, seconds: 3 * 86_400 }, '2026-03-30T00:00:00.000Z'],
    ['2026-11-20T23:00:00Z', { years: 1, months: 6, seconds: 0 }, '2028-05-20T23:00:00.000Z'],
    ['2026-12-15T00:00:00Z', { years: 0, months: 14, seconds: 0 }, '2028-02-15T00:00:00.000Z'],
    // As zfsnap has it: a month after the 31st of a month before a shorter one is the later of the two readings.
    ['2009-10-31T00:00:00Z', { years: 0, months: 1, seconds: 0 }, '2009-12-01T00:00:00.000Z'],
    ['2028-02-29T00:00:00Z', { years: 1, months: 0, seconds: 0 }, '2029-03-01T00:00:00.000Z'],
  ])('of %s and %j is by the calendar', (created, ttl, end) => {
    expect(expiry(new Date(created), ttl)?.toISOString()).toBe(end)
  })

  it('never comes for one that is kept forever', () => {
    expect(expiry(new Date('2026-11-20T23:00:00Z'), 'forever')).toBeUndefined()
  })

  it('does not change the moment it was reckoned from', () => {
    const created = new Date('2026-11-20T23:00:00Z')
    expiry(created, { years: 1, months: 1, seconds: 1 })
    expect(created.toISOString()).toBe('2026-11-20T23:00:00.000Z')
  })
})

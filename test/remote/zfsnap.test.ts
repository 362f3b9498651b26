import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { earliestInstant, localTimeAt } from '../../src/text/time.ts'
import { expiry, parseZfsnapName, type Ttl, type ZfsnapName } from '../../src/remote/zfsnap.ts'

const runs = { numRuns: 10_000 }

const two = (count: number): string => String(count).padStart(2, '0')

/** A moment with a real date, as its parts. */
const moments = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true })
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
  onlyVersion1: false,
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
          needsPrefixFlag: prefix !== '',
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

  it('of version 1 parse back too: zeros, leading zeros, a last number without its unit', () => {
    const zeros = fc.nat({ max: 3 }).map((many) => '0'.repeat(many))
    const number = fc
      .tuple(zeros, fc.nat({ max: 9999 }))
      .map(([before, value]) => ({ value, text: `${before}${value}` }))
    const list = fc.tuple(...Array.from({ length: 7 }, () => fc.option(number)))
    fc.assert(
      fc.property(prefixes, moments, list, fc.boolean(), (prefix, moment, numbers, bare) => {
        fc.pre(numbers.some((each) => each !== null))
        const text = numbers
          .map((each, at) => (each === null ? '' : `${each.text}${bare && at === 6 ? '' : 'ymwdhMs'[at]}`))
          .join('')
        const [y = 0, m = 0, w = 0, d = 0, h = 0, M = 0, s = 0] = numbers.map((each) => each?.value ?? 0)
        const usual = numbers.every((each) => each === null || (each.value > 0 && !each.text.startsWith('0')))
        const parsed = parseZfsnapName(nameOf(prefix, moment, text))
        expect(parsed).toMatchObject({ prefix, localTime: moment })
        expect(parsed?.ttl).toEqual({
          ...meant({ y, m, w, d, h, M, s }),
          onlyVersion1: !usual || (bare && numbers[6] !== null),
        })
      }),
      runs,
    )
  })

  it.each([
    ['the first version’s bare seconds', '3600', { years: 0, months: 0, seconds: 3600, onlyVersion1: true }],
    ['its last unit left out', '1h30', { years: 0, months: 0, seconds: 3630, onlyVersion1: true }],
    ['its zero', '0d', { years: 0, months: 0, seconds: 0, onlyVersion1: true }],
    ['its leading zero', '01d', { years: 0, months: 0, seconds: 86_400, onlyVersion1: true }],
    ['months apart from minutes', '2m3M', { years: 0, months: 2, seconds: 180, onlyVersion1: false }],
  ])('may have %s as time to live', (_, ttl, expected) => {
    expect(parseZfsnapName(`2026-11-20_23.00.00--${ttl}`)?.ttl).toEqual(expected)
  })

  it('may have colons in their time, as before version 1.4', () => {
    expect(parseZfsnapName('2010-11-20_23:00:07--1w')?.localTime).toBe('2010-11-20T23:00:07')
    expect(parseZfsnapName('2010-11-20_23:00.07--1w')).toBeUndefined()
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

const parsed = (name: string): ZfsnapName => parseZfsnapName(name) ?? expect.fail(`not zfsnap's: ${name}`)

/** The end of a snapshot that was made at an instant, on a host in that zone. */
const endOf = (created: string, ttl: string, zone: string, version?: 1 | 2): string | undefined =>
  expiry(parsed(nameOf('', localTimeAt(new Date(created), zone), ttl)), zone, version)?.toISOString()

describe('the end of a time to live', () => {
  it.each([
    ['2026-11-20T23:00:00Z', '1w', '2026-11-27T23:00:00.000Z'],
    ['2026-02-27T00:00:00Z', '1m3d', '2026-03-30T00:00:00.000Z'],
    ['2026-11-20T23:00:00Z', '1y6m', '2028-05-20T23:00:00.000Z'],
    ['2026-12-15T00:00:00Z', '14m', '2028-02-15T00:00:00.000Z'],
    // A month after the 31st of a month before a shorter one is the later of the two readings.
    ['2009-10-31T00:00:00Z', '1m', '2009-12-01T00:00:00.000Z'],
    ['2026-01-31T00:00:00Z', '1m', '2026-03-03T00:00:00.000Z'],
    ['2028-01-31T00:00:00Z', '1m', '2028-03-02T00:00:00.000Z'],
    ['2028-02-29T00:00:00Z', '1y', '2029-03-01T00:00:00.000Z'],
    ['2026-11-30T00:00:00Z', '1m', '2026-12-30T00:00:00.000Z'],
    // zfsnap's own slip: a December that months lead to in a later year becomes the January after.
    ['2026-06-10T00:00:00Z', '18m', '2028-01-10T00:00:00.000Z'],
    ['2026-12-10T00:00:00Z', '12m', '2028-01-10T00:00:00.000Z'],
  ])('of %s and %s is by the calendar in version 2', (created, ttl, end) => {
    expect(endOf(created, ttl, 'UTC', 2)).toBe(end)
  })

  it.each([
    ['1m', 30],
    ['1y', 365],
    ['1y6m', 365 + 180],
    ['1w2d', 9],
    ['048h', 2],
  ])('of %s is %d days in version 1', (ttl, days) => {
    const end = new Date(Date.parse('2026-03-28T22:00:00Z') + days * 86_400_000).toISOString()
    expect(endOf('2026-03-28T22:00:00Z', ttl, 'Europe/Berlin', 1)).toBe(end)
  })

  it.each([
    // Over the change to summer time, a day of 23 hours; the end itself in the hour that is left out.
    ['2026-03-28T01:30:00Z', '2d', '2026-03-30T00:30:00.000Z'],
    ['2026-03-28T01:30:00Z', '1d', '2026-03-29T01:00:00.000Z'],
    ['2026-03-28T01:30:00Z', '24h', '2026-03-29T01:00:00.000Z'],
    // Over the change back, a day of 25 hours; the end itself in the hour that is shown twice: at its first showing.
    ['2026-10-24T00:30:00Z', '2d', '2026-10-26T01:30:00.000Z'],
    ['2026-10-24T00:30:00Z', '1d', '2026-10-25T00:30:00.000Z'],
    ['2026-01-30T23:30:00Z', '1m', '2026-03-02T23:30:00.000Z'],
  ])('of %s and %s is when the clock of the host shows it, in version 2', (created, ttl, end) => {
    expect(endOf(created, ttl, 'Europe/Berlin', 2)).toBe(end)
  })

  it('is the earlier one where nobody knows the version', () => {
    expect(endOf('2026-02-01T00:00:00Z', '1m', 'UTC')).toBe('2026-03-01T00:00:00.000Z')
    expect(endOf('2026-01-01T00:00:00Z', '1m', 'UTC')).toBe('2026-01-31T00:00:00.000Z')
  })

  it('comes only by version 1 for what version 2 does not act on', () => {
    expect(endOf('2026-11-20T23:00:00Z', '3600', 'UTC')).toBe('2026-11-21T00:00:00.000Z')
    expect(endOf('2026-11-20T23:00:00Z', '3600', 'UTC', 1)).toBe('2026-11-21T00:00:00.000Z')
    expect(endOf('2026-11-20T23:00:00Z', '3600', 'UTC', 2)).toBeUndefined()
  })

  it.each(['forever', '8000y', '999999999999y', `${'9'.repeat(240)}s`])('never comes for %s', (ttl) => {
    expect(endOf('2026-11-20T23:00:00Z', ttl, 'UTC')).toBeUndefined()
  })

  it.each([
    // By the name and the host's clock, wherever the name was written.
    ['2026-11-20_23.00.00--1w', '2026-11-27T22:00:00.000Z'],
    ['hourly-2026-11-20_23.00.00--1w', '2026-11-27T22:00:00.000Z'],
    ['2026-11-20_23.00.00--0d', '2026-11-20T22:00:00.000Z'],
    ['2026-03-29_02.30.00--1d', '2026-03-30T00:30:00.000Z'],
  ])('of %s in Berlin is %s', (name, end) => {
    expect(expiry(parsed(name), 'Europe/Berlin', name.includes('0d') ? 1 : 2)?.toISOString()).toBe(end)
  })

  it('is an instant after the beginning, or never, whatever the time to live and the zone', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'No/Where')
    const version = fc.constantFrom(1 as const, 2 as const, undefined)
    fc.assert(
      fc.property(moments, ttls, zones, version, (moment, parts, zone, which) => {
        const created = earliestInstant(moment, zone)
        const end = expiry(parsed(nameOf('', moment, written(parts))), zone, which)
        // A second that is added in the hour that is shown twice may have passed at its first showing.
        expect(end === undefined || end.getTime() > created.getTime() - 3_600_000).toBe(true)
      }),
      runs,
    )
  })
})

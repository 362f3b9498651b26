import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  about,
  age,
  clockReaches,
  duration,
  earliestInstant,
  instantsOf,
  isLocalTime,
  localTimeAt,
  parseInstant,
} from '../../src/text/time.ts'

describe('an instant that was typed', () => {
  it.each([
    ['2026-11-20T23:00:00Z', '2026-11-20T23:00:00.000Z'],
    [' 2026-11-20 23:00z ', '2026-11-20T23:00:00.000Z'],
    ['2026-11-20t23:00:01.250+01:00', '2026-11-20T22:00:01.250Z'],
    ['2026-11-20T23:00-0530', '2026-11-21T04:30:00.000Z'],
    ['2026-11-20T23:00+01', '2026-11-20T22:00:00.000Z'],
    ['2028-02-29T00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text).toISOString()).toBe(instant)
  })

  it('is read back from every instant', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(parseInstant(date.toISOString())).toEqual(date)
        },
      ),
    )
  })

  it('without a zone is refused with the host’s', () => {
    expect(() => parseInstant('2026-11-20T23:00', 'Europe/Berlin')).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: "a time needs Z or an offset such as +01:00: 2026-11-20T23:00; the host's zone is Europe/Berlin",
      }),
    )
  })

  it.each([
    '',
    'yesterday',
    '2026-11-20',
    '2026-11-20Z',
    '2026-02-30T00:00Z',
    '2026-13-01T00:00Z',
    '2026-11-20T24:00Z',
    '2026-11-20T23:60Z',
    '2026-11-20T23:00+25:00',
    '2026-11-20T23:00 CET',
    '20261120T2300Z',
    '1700000000',
  ])('%j is none', (text) => {
    expect(() => parseInstant(text)).toThrow(expect.objectContaining({ name: 'UsageError', code: 'usage' }))
  })

  it('that is refused does not reach the screen as it came', () => {
    expect(() => parseInstant('\u001b[2J\u202e1')).toThrow(/^[ -~]+$/)
  })
})

describe('an age', () => {
  const to = '2026-11-21T03:14:00Z'
  it.each([
    ['2026-11-20T23:45:00Z', '3 h 29 m'],
    ['2026-11-18T22:59:00Z', '2 d 4 h'],
    ['2026-11-21T03:13:15Z', '45 s'],
    ['2026-11-21T03:00:00Z', '14 m'],
    ['2026-11-21T03:13:59.900Z', '0 s'],
    ['2026-11-21T03:14:00Z', '0 s'],
    ['2026-11-21T03:19:00Z', '-5 m'],
    ['2025-10-01T03:14:00Z', '1 y 51 d'],
  ])('of %s is %s', (from, text) => {
    expect(age(from, to)).toBe(text)
    expect(age(new Date(from), new Date(to))).toBe(text)
  })

  it('of nothing is a mistake', () => {
    expect(() => age('never', to)).toThrow(RangeError)
  })
})

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [12_345, '12.3 s'],
    [59_999, '59.9 s'],
    [60_000, '1 m'],
    [200_900, '3 m 20 s'],
    [12_540_000, '3 h 29 m'],
  ])('of %d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe('a local time', () => {
  it.each([
    ['2026-07-01T12:00:00', 'Europe/Berlin', '2026-07-01T10:00:00.000Z'],
    ['2026-01-01T12:00:00', 'America/New_York', '2026-01-01T17:00:00.000Z'],
    // Shown twice: the earlier one.
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    // Left out: as before the change, which is the earlier one.
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['2026-07-01T12:00:00', 'UTC', '2026-07-01T12:00:00.000Z'],
    ['2026-07-01T12:00:00', 'No/Where', '2026-07-01T12:00:00.000Z'],
    ['2026-07-01T12:00:00', 'Asia/Kathmandu', '2026-07-01T06:15:00.000Z'],
  ])('%s in %s is %s', (local, zone, instant) => {
    expect(earliestInstant(local, zone).toISOString()).toBe(instant)
  })
})

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/St_Johns',
  'Africa/Casablanca',
  'Pacific/Chatham',
)

/** Half of them within two days of a change of the clocks somewhere. */
const changes = ['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-03-08T07:00Z', '2026-11-01T06:00Z', '2026-04-04T15:00Z',
  '2026-10-03T15:30Z', '2011-12-30T10:00Z', '2026-02-15T02:00Z', '2026-04-04T14:00Z', '2026-09-26T14:00Z'] // prettier-ignore
const instants = fc
  .oneof(
    fc.integer({ min: Date.parse('1990-01-01Z') / 1000, max: Date.parse('2037-12-31Z') / 1000 }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -172_800, max: 172_800 }))
      .map(([change, seconds]) => Date.parse(change) / 1000 + seconds),
  )
  .map((seconds) => new Date(seconds * 1000))

describe('what the clocks of a zone show', () => {
  it('leads back to the instant, among at most two, and no other instant shows it', () => {
    fc.assert(
      fc.property(instants, zones, (instant, zone) => {
        const shown = localTimeAt(instant, zone)
        const found = instantsOf(shown, zone)
        expect(found.map((each) => each.getTime())).toContain(instant.getTime())
        expect(found.length).toBeLessThanOrEqual(2)
        for (const each of found) expect(localTimeAt(each, zone)).toBe(shown)
        expect(found[0]).toEqual(earliestInstant(shown, zone))
        expect(clockReaches(shown, zone)).toEqual(found[0])
      }),
      { numRuns: 10_000 },
    )
  })

  it('is reached at the first instant that shows it or more, also where it is left out', () => {
    fc.assert(
      fc.property(instants, zones, (near, zone) => {
        const local = near.toISOString().slice(0, 19)
        const reached = clockReaches(local, zone)
        expect(localTimeAt(reached, zone) >= local).toBe(true)
        expect(localTimeAt(new Date(reached.getTime() - 1000), zone) < local).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })

  it.each([
    ['2026-03-29T02:30:00', 'Europe/Berlin', [], '2026-03-29T01:00:00.000Z'],
    ['2026-03-29T03:00:00', 'Europe/Berlin', ['2026-03-29T01:00:00.000Z'], '2026-03-29T01:00:00.000Z'],
    [
      '2026-10-25T02:30:00',
      'Europe/Berlin',
      ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'],
      '2026-10-25T00:30:00.000Z',
    ],
    // Half an hour.
    ['2026-10-04T02:15:00', 'Australia/Lord_Howe', [], '2026-10-03T15:30:00.000Z'],
    [
      '2026-04-05T01:45:00',
      'Australia/Lord_Howe',
      ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z'],
      '2026-04-04T14:45:00.000Z',
    ],
    // A day that Samoa left out.
    ['2011-12-30T12:00:00', 'Pacific/Apia', [], '2011-12-30T10:00:00.000Z'],
    ['2026-07-01T12:00:00', 'Asia/Kolkata', ['2026-07-01T06:30:00.000Z'], '2026-07-01T06:30:00.000Z'],
    ['2026-07-01T12:00:00', 'No/Where', ['2026-07-01T12:00:00.000Z'], '2026-07-01T12:00:00.000Z'],
  ])('as %s in %s is at %j', (local, zone, expected, reached) => {
    expect(instantsOf(local, zone).map((each) => each.toISOString())).toEqual(expected)
    expect(clockReaches(local, zone).toISOString()).toBe(reached)
  })

  it('does not depend on the part of a second', () => {
    expect(localTimeAt(new Date('2026-07-01T10:00:00.900Z'), 'Europe/Berlin')).toBe('2026-07-01T12:00:00')
  })
})

describe('a local time in a text', () => {
  it.each(['2028-02-29T00:00:00', '1999-12-31T23:59:59'])('is %s', (text) => {
    expect(isLocalTime(text)).toBe(true)
  })

  it.each(['2026-02-29T00:00:00', '2026-01-01T24:00:00', '2026-01-01T00:00', '', '2026-01-01T00:00:00Z'])(
    'is not %j',
    (text) => {
      expect(isLocalTime(text)).toBe(false)
    },
  )
})

describe('how long something may still take', () => {
  it.each([
    [1, '5 s'],
    [12_400, '10 s'],
    [43_000, '45 s'],
    [58_000, '1 m'],
    [89_999, '1 m'],
    [90_000, '2 m'],
    [3_900_000, '1 h 5 m'],
  ])('%i ms is about %s', (ms, text) => {
    expect(about(ms)).toBe(text)
  })
})

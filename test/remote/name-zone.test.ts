import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zoneOfName, zoneOfNames, type TimedName } from '../../src/remote/name-zone.ts'
import { instantsOf, localTimeAt } from '../../src/text/time.ts'

const runs = { numRuns: 10_000 }

const zones = fc.constantFrom(
  'UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia', 'America/St_Johns',
) // prettier-ignore

/** Instants of 1990 to 2037, many of them around changes of the clocks. */
const created = fc
  .oneof(
    fc.integer({ min: Date.parse('1990-01-01Z') / 1000, max: Date.parse('2037-12-31Z') / 1000 }),
    fc
      .tuple(
        fc.constantFrom('2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-11-01T06:00Z', '2026-04-04T15:00Z', '2011-12-30T10:00Z'),
        fc.integer({ min: -7200, max: 7200 }),
      )
      .map(([change, seconds]) => Date.parse(change) / 1000 + seconds),
  )
  .map((seconds) => new Date(seconds * 1000)) // prettier-ignore

/** How long after its name was thought of a snapshot is made: at once mostly, up to some minutes. */
const late = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 59 }), fc.integer({ min: -30, max: 540 }))

const named = (at: Date, zone: string, lateSeconds = 0): TimedName => ({
  localTime: localTimeAt(new Date(at.getTime() - lateSeconds * 1000), zone),
  createdAt: at.toISOString(),
})

describe('the zone of one name', () => {
  it('is the host’s for each name that its clock wrote, in every hour of the year', () => {
    fc.assert(
      fc.property(created, zones, late, (at, zone, seconds) => {
        expect(zoneOfName(named(at, zone, seconds), zone)).toEqual({ zone: 'host' })
      }),
      runs,
    )
  })

  it('is told by its offset where another zone’s clock wrote it', () => {
    fc.assert(
      fc.property(created, zones, zones, late, (at, writer, host, seconds) => {
        const name = named(at, writer, seconds)
        const found = zoneOfName(name, host)
        const thought = at.getTime() - seconds * 1000
        // In an hour that the host's clock shows twice, either reading is the host's.
        const isHosts = instantsOf(name.localTime, host).some((each) => each.getTime() === thought)
        const offsetMinutes = (Date.parse(`${name.localTime}Z`) - thought) / 60_000
        expect(found).toEqual(isHosts ? { zone: 'host' } : { zone: 'other', offsetMinutes })
      }),
      runs,
    )
  })

  it.each([
    ['2026-10-25T02:30:00', '2026-10-25T00:30:05Z', { zone: 'host' }],
    ['2026-10-25T02:30:00', '2026-10-25T01:30:05Z', { zone: 'host' }],
    ['2026-10-25T02:30:00', '2026-10-25T02:30:05Z', { zone: 'other', offsetMinutes: 0 }],
    ['2026-03-29T02:30:00', '2026-03-29T02:30:00Z', { zone: 'other', offsetMinutes: 0 }],
    ['2026-03-29T02:30:00', '2026-03-29T00:30:00Z', { zone: 'other', offsetMinutes: 120 }],
    ['2026-07-01T12:00:00', '2026-07-01T10:09:59Z', { zone: 'host' }],
    ['2026-07-01T12:00:00', '2026-07-01T10:12:00Z', { zone: 'off' }],
    ['2026-07-01T12:00:00', '2026-07-03T10:00:00Z', { zone: 'off' }],
    ['2026-07-01T12:00:00', 'never', { zone: 'off' }],
  ])('%s of %s in Berlin is %j', (localTime, createdAt, expected) => {
    expect(zoneOfName({ localTime, createdAt }, 'Europe/Berlin')).toEqual(expected)
  })
})

/** Names of so many hours in a row. */
const hours = (zone: string, count: number, from = '2026-07-01T00:00:00Z'): TimedName[] =>
  Array.from({ length: count }, (_, at) => named(new Date(Date.parse(from) + at * 3_600_000), zone, 1))

describe('the zone of a host’s names', () => {
  it('agrees over both changes of the clocks', () => {
    const year = hours('Europe/Berlin', 24 * 366, '2026-01-01T00:00:00Z')
    expect(zoneOfNames(year, 'Europe/Berlin')).toEqual({ names: 'agree', except: 0 })
  })

  it('agrees where there are no names', () => {
    expect(zoneOfNames([], 'Europe/Berlin')).toEqual({ names: 'agree', except: 0 })
  })

  it('is another offset when most have it', () => {
    const names = [...hours('UTC', 5), ...hours('Europe/Berlin', 2)]
    expect(zoneOfNames(names, 'Europe/Berlin')).toEqual({ names: 'elsewhere', offsetMinutes: 0, except: 2 })
    expect(zoneOfNames(names, 'UTC')).toEqual({ names: 'agree', except: 2 })
    expect(zoneOfNames(names, 'Asia/Kolkata')).toEqual({ names: 'elsewhere', offsetMinutes: 0, except: 2 })
  })

  it('is mixed when none has most, and tells each', () => {
    const names = [
      ...hours('UTC', 2),
      ...hours('Asia/Kolkata', 2),
      { localTime: '2020-01-01T00:00:00', createdAt: '2026-07-01T00:00:00Z' },
    ]
    expect(zoneOfNames(names, 'Europe/Berlin')).toEqual({ names: 'mixed', offsetsMinutes: [0, 330], off: 1 })
  })

  it('is mixed when most are in no zone at all', () => {
    const wrong = { localTime: '2020-01-01T00:00:00', createdAt: '2026-07-01T00:00:00Z' }
    expect(zoneOfNames([wrong, wrong, ...hours('UTC', 1)], 'UTC')).toEqual({
      names: 'mixed',
      offsetsMinutes: [],
      off: 2,
    })
  })
})

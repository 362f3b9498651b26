import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateIn, momentOf, settleOrders } from '../../../src/steps/dumps/dated-name.ts'

const momentIn = (name: string, writtenAt: string): string | undefined => {
  const date = dateIn(name)
  return date === undefined ? undefined : momentOf(date, writtenAt)
}

const at = (name: string, zone?: string): string | undefined => dateIn(name, zone)?.at

describe('a date in a name', () => {
  it.each([
    ['04-25-2020', '2020-04-25T00:00:00.000Z'],
    ['25-04-2020', '2020-04-25T00:00:00.000Z'],
    ['2020-04-25', '2020-04-25T00:00:00.000Z'],
    ['20200425', '2020-04-25T00:00:00.000Z'],
    ['rocketchat_backup_20200425.0310.tar.gz', '2020-04-25T03:10:00.000Z'],
    ['db-2020-04-25T03:10:07Z.sql.gz', '2020-04-25T03:10:07.000Z'],
    ['db_2020-04-25_03-10-07.sql.gz', '2020-04-25T03:10:07.000Z'],
    ['db-20200425T031007Z', '2020-04-25T03:10:07.000Z'],
    ['dump-1587784207.gz', '2020-04-25T03:10:07.000Z'],
    ['2020_04_25', '2020-04-25T00:00:00.000Z'],
  ])('%s is %s', (name, instant) => {
    expect(at(name)).toBe(instant)
  })

  it.each(['', 'web', '02-30-2020', '99999999', '12345678', '2020-13-01', '120200425', '0000000001', '99-99-2020'])(
    'is not in %j',
    (name) => {
      expect(dateIn(name)).toBeUndefined()
    },
  )

  it("is in the host's zone where it has a time, and a day is the same everywhere", () => {
    expect(at('20200425.0310', 'Europe/Berlin')).toBe('2020-04-25T01:10:00.000Z')
    expect(at('2020-04-25T03:10:00Z', 'Europe/Berlin')).toBe('2020-04-25T03:10:00.000Z')
    expect(at('04-25-2020', 'Europe/Berlin')).toBe('2020-04-25T00:00:00.000Z')
  })

  it('is the one that was written, whatever form it has', () => {
    const second = fc.integer({ min: Date.UTC(2001, 9) / 1000, max: Date.UTC(2099, 11) / 1000 })
    const around = fc.string({ unit: fc.constantFrom(...'abc_. @-'.split('')), maxLength: 6 })
    fc.assert(
      fc.property(second, around, around, (seconds, before, after) => {
        const iso = new Date(seconds * 1000).toISOString()
        const [year, month, day, hour, minute, sec] = iso.split(/[-T:.]/)
        const dayOf = `${iso.slice(0, 10)}T00:00:00.000Z`
        const written: [string, string][] = [
          [`${year}-${month}-${day}`, dayOf],
          [`${year}${month}${day}`, dayOf],
          [`${year}${month}${day}.${hour}${minute}`, `${iso.slice(0, 16)}:00.000Z`],
          [`${year}-${month}-${day}T${hour}:${minute}:${sec}Z`, iso],
          [`${year}-${month}-${day}_${hour}-${minute}-${sec}`, iso],
          [String(seconds), iso],
        ]
        for (const [form, instant] of written) {
          const found = dateIn(`${before}x${form}x${after}`)
          if (found?.at !== instant || found.around !== `${before}x*x${after}`)
            throw new Error(`${form}: ${JSON.stringify(found)}`)
        }
        const monthFirst = dateIn(`${before}${month}-${day}-${year}${after}`)
        expect([monthFirst?.at, monthFirst?.orElse]).toContain(dayOf)
      }),
      { numRuns: 10_000 },
    )
  })

  it('is found or not, and never throws, whatever a name is', () => {
    const name = fc.string({ unit: fc.constantFrom(...'0123456789-_:.TZab/'.split('')), maxLength: 40 })
    fc.assert(
      fc.property(name, (text) => {
        const found = dateIn(text, 'America/New_York')
        expect(found === undefined || new Date(found.at).toISOString() === found.at).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})

const series = (names: readonly string[], writtenAt = '2026-01-01T00:00:00Z') =>
  settleOrders(names.flatMap((name) => dateIn(name) ?? []).map((date) => ({ date, writtenAt }))).map((date) => [
    date.at.slice(0, 10),
    date.orElse?.slice(0, 10) ?? null,
  ])

describe('day and month of a series', () => {
  it('are in the order that one of its names can only have', () => {
    expect(series(['04-05-2020', '04-25-2020'])).toEqual([
      ['2020-04-05', null],
      ['2020-04-25', null],
    ])
    expect(series(['04-05-2020', '25-04-2020'])).toEqual([
      ['2020-05-04', null],
      ['2020-04-25', null],
    ])
  })

  it('are told by when it was written, where its names tell nothing or both', () => {
    expect(series(['04-05-2020'], '2020-05-04T03:00:00Z')).toEqual([['2020-05-04', null]])
    expect(series(['04-05-2020'], '2020-04-06T03:00:00Z')).toEqual([['2020-04-05', null]])
    expect(series(['04-05-2020', '25-04-2020', '04-26-2020'], '2020-05-04T03:00:00Z')[0]).toEqual(['2020-05-04', null])
  })

  it('are said to be unsure where nothing tells', () => {
    expect(series(['04-05-2020', '05-05-2020'])).toEqual([
      ['2020-04-05', '2020-05-04'],
      ['2020-05-05', null],
    ])
  })

  it('of every month of days are those that were written', () => {
    const days = fc.integer({ min: Date.UTC(2001, 0) / 86_400_000, max: Date.UTC(2090, 0) / 86_400_000 })
    fc.assert(
      fc.property(days, fc.boolean(), (first, monthFirst) => {
        const wanted = Array.from({ length: 31 }, (_, n) =>
          new Date((first + n) * 86_400_000).toISOString().slice(0, 10),
        )
        const names = wanted.map((iso) => {
          const [year, month, day] = iso.split('-')
          return monthFirst ? `${month}-${day}-${year}` : `${day}-${month}-${year}`
        })
        expect(series(names).map(([day]) => day)).toEqual(wanted)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('the moment of what bears a date', () => {
  it.each([
    [
      'of a day is when it was written on that day',
      '11-22-2026',
      '2026-11-22T06:42:00.000Z',
      '2026-11-22T06:42:00.000Z',
    ],
    ['of a day far in the east', '2026-11-22', '2026-11-21T13:00:00.000Z', '2026-11-21T13:00:00.000Z'],
    ['of a day far in the west', '2026-11-22', '2026-11-23T11:00:00.000Z', '2026-11-23T11:00:00.000Z'],
    [
      'of a day that was copied a year later is its midnight',
      '2025-11-22',
      '2026-11-22T06:42:00.000Z',
      '2025-11-22T00:00:00.000Z',
    ],
    ['with a time of its own is that', '2026-11-22_01-30', '2026-11-22T06:42:00.000Z', '2026-11-22T01:30:00.000Z'],
    ['of seconds since 1970 is that', '1795387422', '2026-11-22T23:00:00.000Z', '2026-11-22T22:43:42.000Z'],
  ])('%s', (_name, name, writtenAt, moment) => expect(momentIn(name, writtenAt)).toBe(moment))
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../src/steps/dumps/digest.ts'
import { backupOf, parseDuplicity, pointAt, pointLabel, pointsIn } from '../../../src/steps/dumps/duplicity.ts'

const [monday, tuesday, wednesday] = ['20261116T030000Z', '20261117T030000Z', '20261118T030000Z']

const full = (at: string, ...volumes: number[]) => [
  `duplicity-full.${at}.manifest.gpg`,
  ...volumes.map((n) => `duplicity-full.${at}.vol${n}.difftar.gpg`),
  `duplicity-full-signatures.${at}.sigtar.gpg`,
]

const inc = (from: string, to: string, ...volumes: number[]) => [
  `duplicity-inc.${from}.to.${to}.manifest.gpg`,
  ...volumes.map((n) => `duplicity-inc.${from}.to.${to}.vol${n}.difftar.gpg`),
  `duplicity-new-signatures.${from}.to.${to}.sigtar.gpg`,
]

const inName = (at: Date): string =>
  at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '')

const wholeSecond = (at: Date): string => `${at.toISOString().slice(0, 19)}.000Z`

/** Midnight, so many days after the beginning of 2020. */
const night = (n: number): string => inName(new Date(Date.UTC(2020, 0, 1 + n)))

const keyed = (names: readonly string[]) => names.map((key) => ({ key }))

/** What is told of each moment: which, how many objects, and what is wrong. */
const told = (names: readonly string[]) =>
  pointsIn(keyed(names)).points.map((point) => [pointLabel(point), point.objects.length, point.broken])

describe('a name of duplicity', () => {
  it.each([
    [`duplicity-full.${monday}.vol12.difftar.gpg`, { from: null, at: '2026-11-16T03:00:00.000Z', volume: 12 }],
    [`duplicity-full.${monday}.manifest`, { from: null, at: '2026-11-16T03:00:00.000Z', volume: null }],
    [
      `duplicity-inc.${monday}.to.${tuesday}.vol1.difftar.gz`,
      { from: '2026-11-16T03:00:00.000Z', at: '2026-11-17T03:00:00.000Z', volume: 1 },
    ],
  ])('is read: %s', (name, is) => {
    expect(parseDuplicity(name)).toEqual(is)
  })

  it.each([
    `duplicity-full-signatures.${monday}.sigtar.gpg`,
    `duplicity-new-signatures.${monday}.to.${tuesday}.sigtar.gpg`,
    `duplicity-full.${monday}.manifest.part`,
    `duplicity-full.${monday}.vol1.difftar.gpg.1`,
    `duplicity-full.${monday}.vol0.difftar`,
    'duplicity-full.20261332T030000Z.vol1.difftar',
    `duplicity-inc.${tuesday}.to.${monday}.manifest`,
    `duplicity-inc.${monday}.to.${monday}.manifest`,
    `x/duplicity-full.${monday}.manifest`,
    `duplicity-full.${monday}.manifest\n`,
  ])('is none that a restore takes: %j', (name) => {
    expect(parseDuplicity(name)).toBeUndefined()
  })

  it('is read back whatever it says, and nothing else is a name', () => {
    const time = fc.date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
    const volume = fc.option(fc.integer({ min: 1, max: 999_999_999 }))
    const ending = fc.constantFrom('', '.gz', '.gpg')
    fc.assert(
      fc.property(fc.option(time), time, volume, ending, (from, at, number, end) => {
        const which = from === null ? `full.${inName(at)}` : `inc.${inName(from)}.to.${inName(at)}`
        const name = `duplicity-${which}.${number === null ? 'manifest' : `vol${number}.difftar`}${end}`
        const isInOrder = from === null || wholeSecond(from) < wholeSecond(at)
        expect(parseDuplicity(name)).toEqual(
          isInOrder
            ? { from: from === null ? null : wholeSecond(from), at: wholeSecond(at), volume: number }
            : undefined,
        )
      }),
      { numRuns: 10_000 },
    )
    const near = fc.array(
      fc.constantFrom(
        'duplicity-',
        'full',
        'inc',
        '.',
        monday,
        tuesday,
        'to',
        'vol1',
        'difftar',
        'manifest',
        'gpg',
        '/',
        'é',
      ),
      { maxLength: 12 },
    )
    const strict = /^duplicity-(full|inc\.\d{8}T\d{6}Z\.to)\.\d{8}T\d{6}Z\.(vol1\.difftar|manifest)(\.gpg)?$/
    fc.assert(
      fc.property(near, (parts) => {
        const name = parts.join('')
        expect(parseDuplicity(name) === undefined || strict.test(name)).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('the moments of a folder', () => {
  const chain = [...full(monday, 1, 2), ...inc(monday, tuesday, 1), ...inc(tuesday, wednesday, 1)]

  it('are the newest first, each with all that leads to it and no signatures', () => {
    expect(told(chain.toReversed())).toEqual([
      ['incremental 2 of chain of 2026-11-16 03:00', 7, null],
      ['incremental 1 of chain of 2026-11-16 03:00', 5, null],
      ['full', 3, null],
    ])
    const [, second] = pointsIn(keyed(chain.toReversed())).points
    expect(second).toMatchObject({ at: '2026-11-17T03:00:00.000Z', key: inc(monday, tuesday)[0] })
    expect(second?.objects.map(({ key }) => key)).toEqual([
      ...full(monday, 1, 2).slice(0, 3),
      ...inc(monday, tuesday, 1).slice(0, 2),
    ])
  })

  it('are found by any file of their last backup', () => {
    for (const key of inc(monday, tuesday, 1).slice(0, 2))
      expect(pointAt(keyed(chain), key)).toMatchObject({ at: '2026-11-17T03:00:00.000Z', depth: 1 })
    expect(pointAt(keyed(chain), full(wednesday)[0] ?? '')).toBeUndefined()
  })

  it('stay the same when a backup is added', () => {
    const digest = (names: readonly string[]) => {
      const objects = names.map((key) => ({ key, sizeBytes: 1, etag: 'e' }))
      return digestOf(pointAt(objects, inc(monday, tuesday)[0] ?? '')?.objects ?? [])
    }
    expect(digest(chain)).toBe(digest([...full(monday, 1, 2), ...inc(monday, tuesday, 1), ...full(wednesday, 1)]))
    expect(digest(chain)).not.toBe(digest([...full(monday, 1, 2, 3), ...inc(monday, tuesday, 1)]))
  })

  it('that lack something tell what, and so do those that build on them', () => {
    expect(told([...full(monday, 1, 3), ...inc(monday, tuesday, 1)])).toEqual([
      ['incremental 1 of chain of 2026-11-16 03:00', 5, 'volume 2 of the backup of 2026-11-16 03:00 is missing'],
      ['full', 3, 'volume 2 of the backup of 2026-11-16 03:00 is missing'],
    ])
    expect(told([...full(monday, 1), ...inc(monday, tuesday, 1).slice(1)])).toEqual([
      [
        'incremental 1 of chain of 2026-11-16 03:00',
        3,
        'the backup of 2026-11-17 03:00 has no manifest: it never ended, or is still being made',
      ],
      ['full', 2, null],
    ])
    expect(told(inc(tuesday, wednesday, 1))).toEqual([
      [
        'incremental 1 of chain of a lost full one',
        2,
        'the backup of 2026-11-17 03:00, which that of 2026-11-18 03:00 builds on, is not there',
      ],
    ])
    expect(told(full(monday))).toEqual([['full', 1, 'the backup of 2026-11-16 03:00 has no volumes']])
  })

  it('go by the backup that ended, where one was begun twice', () => {
    const again = [...full(monday, 1), ...inc(monday, tuesday, 1).slice(1), ...inc(monday, wednesday, 1)]
    expect(told(again).map(([, objects, broken]) => [objects, broken === null])).toEqual([
      [4, true],
      [3, false],
      [2, true],
    ])
  })

  it('are a hundred, of however many', () => {
    const names = Array.from({ length: 2000 }, (_, n) =>
      n === 0 ? full(night(0), 1) : inc(night(n - 1), night(n), 1),
    ).flat()
    const { points, older } = pointsIn(keyed(names))
    expect([points.length, older, points[0]?.depth, points[0]?.objects.length]).toEqual([100, 1900, 1999, 4000])
  })

  it('hold each object once, and whole chains end in a full backup, whatever is there', () => {
    const times = [monday, tuesday, wednesday, '20261119T030000Z']
    const one = fc.record({
      from: fc.option(fc.constantFrom(...times)),
      to: fc.constantFrom(...times),
      volume: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (all) => {
        const names = all.map(({ from, to, volume }) => {
          const which = from === null ? `full.${to}` : `inc.${from}.to.${to}`
          return `duplicity-${which}.${volume === 0 ? 'manifest' : `vol${volume}.difftar`}`
        })
        for (const { objects, broken, key } of pointsIn(keyed([...new Set(names)])).points) {
          const keys = objects.map((each) => each.key)
          expect(new Set(keys).size).toBe(keys.length)
          expect(keys).toContain(key)
          if (broken !== null) continue
          expect(keys[0]).toMatch(/^duplicity-full\..*\.manifest$/)
          const backups = [...new Set(keys.map((each) => backupOf(each)))]
          for (const backup of backups) {
            const volumes = keys.filter((each) => backupOf(each) === backup).length - 1
            expect(keys.filter((each) => backupOf(each) === backup).at(-1)).toContain(`.vol${volumes}.`)
          }
        }
      }),
      { numRuns: 5000 },
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredObject } from '../../../src/remote/aws/s3.ts'
import { doubtsOf, type Surroundings } from '../../../src/steps/dumps/doubts.ts'
import type { DumpKind } from '../../../src/steps/dumps/dump-answer.ts'
import { dumpsIn } from '../../../src/steps/dumps/group.ts'
import { object } from './objects.ts'

const now = new Date('2026-11-21T12:00:00Z')

/** What is said of the newest of these. */
function said(objects: readonly StoredObject[], more: Partial<Surroundings> = {}, kind?: DumpKind): string[] {
  const dumps = dumpsIn(objects, { root: '', kind })
  const around = { bucket: 'b', now, uploads: [], versions: [], markers: [], tiered: null, ...more }
  const [newest] = dumps
  return newest === undefined ? [] : doubtsOf(newest, dumps, around).map(({ level, message }) => `${level}: ${message}`)
}

const day = (date: string, more: Partial<StoredObject> = {}, name = 'db.sql.gz'): StoredObject =>
  object(`${date}/${name}`, { modifiedAt: `${date}T03:00:00.000Z`, ...more })

const days = ['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17'].map((date) => day(date))

describe('a dump that is like those before it', () => {
  it('is in no doubt', () => {
    expect(said(days)).toEqual([])
  })
})

describe('a dump is in doubt', () => {
  it('when it is less than half of those before it', () => {
    expect(said([day('2026-11-20', { sizeBytes: 400 }), ...days.slice(1)])).toEqual([
      'doubt: it has 400 B, those before had 1000 B',
    ])
  })

  it('when it has less than half of their objects', () => {
    const full = ['2026-11-19', '2026-11-18'].flatMap((date) => ['a', 'b', 'c'].map((name) => day(date, {}, name)))
    expect(said([day('2026-11-20', { sizeBytes: 3000 }, 'a'), ...full])).toEqual([
      'doubt: it has 1 object, those before had 3 objects',
    ])
  })

  it('when its date is yet to come, or a clock is wrong', () => {
    expect(said([day('2026-11-24')])).toEqual([
      'doubt: its date, 2026-11-24 03:00, is yet to come',
      'doubt: it was written 2 d 15 h from now: a clock is wrong, here or there',
    ])
  })

  it('when its name may mean two days', () => {
    expect(said([object('04-05-2026/db.sql.gz')])).toEqual([
      'doubt: its name may mean 2026-04-05 or 2026-05-04, and nothing beside it tells which',
    ])
  })

  it('when it was written over, or some of it deleted', () => {
    const older = { ...day('2026-11-20'), versionId: 'v', isLatest: false }
    const marker = { key: '2026-11-20/gone', versionId: 'm', isLatest: true, at: '2026-11-20T04:00:00Z' }
    expect(said(days, { versions: [older], markers: [marker] })).toEqual([
      'doubt: 1 object of it was written over; the older versions are there',
      'doubt: 1 object of it was deleted; the older versions are there',
    ])
  })

  it('when an upload in parts never ended', () => {
    expect(said(days, { uploads: [{ key: '2026-11-20/db.sql.gz', startedAt: '2026-11-20T03:00:00Z' }] })).toEqual([
      'doubt: 1 upload in parts never ended',
    ])
  })
})

describe('a dump can not be restored', () => {
  it('while it is being uploaded', () => {
    const young = { modifiedAt: '2026-11-21T11:58:00.000Z' }
    expect(said([day('2026-11-21', young, 'a'), day('2026-11-21', {}, 'b')])).toEqual([
      'blocks: it is still being uploaded: its last object is 2 m old',
    ])
    expect(said([day('2026-11-21', young)])).toEqual([])
    expect(said(days, { uploads: [{ key: '2026-11-20/x', startedAt: '2026-11-21T11:00:00Z' }] })).toEqual([
      'blocks: it is still being uploaded: 1 upload in parts has not ended',
    ])
  })

  it('when it is empty', () => {
    expect(said([day('2026-11-20', { sizeBytes: 0 })])).toEqual(['blocks: it is empty'])
  })

  it('when it is archived: how long it takes is said', () => {
    const cold = [day('2026-11-20', { storageClass: 'DEEP_ARCHIVE' })]
    expect(said(cold)).toEqual([
      'doubt: it is archived, and comes back when asked: 1 object (DEEP_ARCHIVE: Standard within 12 hours, Bulk within 48 hours)',
    ])
    expect(said([day('2026-11-20', { storageClass: 'GLACIER', copy: { underway: true, until: null } })])[0]).toMatch(
      /^doubt: it is on its way back from the archive: 1 object \(GLACIER: Standard 3 to 5 hours/,
    )
    const back = { underway: false, until: '2026-11-25T00:00:00.000Z' }
    expect(said([day('2026-11-20', { storageClass: 'GLACIER', copy: back })])).toEqual([])
    expect(said([day('2026-11-20', { storageClass: 'GLACIER_IR' })])).toEqual([])
  })

  it('when S3 has moved it into an archive by itself', () => {
    const head = {
      sizeBytes: 1,
      etag: '',
      modifiedAt: '',
      versionId: null,
      storageClass: 'INTELLIGENT_TIERING',
      archiveStatus: 'ARCHIVE_ACCESS',
      copy: null,
      encryption: null,
      checksum: null,
    }
    expect(said(days, { tiered: { key: '-x y', head } })).toEqual([
      `blocks: S3 has moved it into an archive (ARCHIVE_ACCESS: Standard in 3 to 5 hours): aws s3api restore-object --bucket b --key='-x y' --restore-request '{}'`,
    ])
  })

  it('when it is of another kind: what to do by hand is said', () => {
    const dump = [object('11-20-2026/mysql.sql.gz')]
    expect(said(dump)[0]).toMatch(/^blocks: there is no recipe for what mysql wrote; by hand: zcat FILE \| mysql; or/)
    expect(said(dump, { own: [{ name: 'mysql' }] })).toEqual([])
    expect(said([object('11-20-2026/rocketchat_backup_20261120.0310.tar.gz')])).toEqual([])
  })
})

const file = (name: string, more: Partial<StoredObject> = {}): StoredObject =>
  object(`mail/duplicity-${name}`, { modifiedAt: '2026-11-20T03:00:00.000Z', ...more })

const fullOf = (on: string, sizeBytes: number) => [
  file(`full.${on}T030000Z.manifest`, { sizeBytes: 100 }),
  file(`full.${on}T030000Z.vol1.difftar`, { sizeBytes }),
]
const incOf = (from: string, to: string, more: Partial<StoredObject> = {}) => [
  file(`inc.${from}T030000Z.to.${to}T030000Z.manifest`, { sizeBytes: 100, ...more }),
  file(`inc.${from}T030000Z.to.${to}T030000Z.vol1.difftar`, more),
]

describe('a moment of duplicity', () => {
  const [first, second] = [fullOf('20261117', 10_000), fullOf('20261119', 10_000)]

  it('is in no doubt for being smaller than a long chain, and is for being smaller than a full one', () => {
    const chain = [...first, ...incOf('20261117', '20261118', { sizeBytes: 50_000 })]
    expect(said([...chain, ...second])).toEqual([])
    expect(said([...chain, ...second, ...incOf('20261119', '20261120')])).toEqual([])
    expect(said([...chain, ...fullOf('20261119', 3000)])).toEqual(['doubt: it has 3 KiB, those before had 9.8 KiB'])
  })

  it('can not be restored where something of its chain is missing', () => {
    expect(said([...second.slice(0, 1), ...incOf('20261119', '20261120')])).toEqual([
      'blocks: the backup of 2026-11-19 03:00 has no volumes',
    ])
  })

  it('is not held for another that is being made, or was removed, beside it', () => {
    const [, other] = incOf('20261119', '20261120')
    const key = other?.key ?? ''
    const uploads = [{ key, startedAt: '2026-11-21T11:59:00Z' }]
    const markers = [{ key, versionId: 'm', isLatest: true, at: '2026-11-21T04:00:00Z' }]
    expect(said(second, { uploads, markers })).toEqual([])
    const whole = [...second, ...incOf('20261119', '20261120')]
    expect(said(whole, { uploads, markers })).toEqual([
      'blocks: it is still being uploaded: 1 upload in parts has not ended',
      'doubt: 1 object of it was deleted; the older versions are there',
    ])
    expect(said([...second, ...incOf('20261119', '20261120', { modifiedAt: '2026-11-21T11:55:00.000Z' })])).toEqual([
      'blocks: it is still being uploaded: its last object is 5 m old',
    ])
  })
})

it('a day that is missing before it is a note', () => {
  expect(said([days[0], days[2], days[3], day('2026-11-16')].filter((each) => each !== undefined))).toEqual([
    'note: the one before it is 2 d older',
  ])
})

it('what blocks is said first, whatever is wrong', () => {
  const one = fc.record({
    name: fc.constantFrom('2026-11-20/a', '2026-11-19/a', '2026-11-19/b', '04-05-2026/c', '2027-01-01/d', 'plain'),
    sizeBytes: fc.constantFrom(0, 1, 1000),
    storageClass: fc.constantFrom('STANDARD', 'GLACIER', 'DEEP_ARCHIVE'),
    modifiedAt: fc.constantFrom('2026-11-21T11:59:00.000Z', '2026-11-20T00:00:00.000Z', '2027-01-01T00:00:00.000Z'),
  })
  const order = ['blocks', 'doubt', 'note']
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ({ name }) => name, maxLength: 6 }), (all) => {
      const levels = said(all.map(({ name, ...more }) => object(name, more))).map((each) => each.split(':')[0] ?? '')
      expect(levels).toEqual(levels.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)))
    }),
    { numRuns: 10_000 },
  )
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../src/steps/dumps/digest.ts'
import { dumpsIn, type Grouping } from '../../../src/steps/dumps/group.ts'
import { parseS3Url, s3Url } from '../../../src/steps/dumps/s3-url.ts'
import { object } from './objects.ts'

const found = (keys: readonly string[], grouping: Partial<Grouping> = {}) =>
  dumpsIn(
    keys.map((key) => object(key)),
    { root: '', ...grouping },
  ).map(({ prefix, at, kind, objects }) => [prefix, at.slice(0, 10), kind, objects.length])

describe('objects in dated folders', () => {
  it('are a dump for each date, the newest first by its date', () => {
    expect(found(['web/04-25-2020/a', 'web/04-25-2020/b/c', 'web/01-02-2021/a', 'web/12-31-2020/a'])).toEqual([
      ['web/01-02-2021/', '2021-01-02', 'folder', 1],
      ['web/12-31-2020/', '2020-12-31', 'folder', 1],
      ['web/04-25-2020/', '2020-04-25', 'folder', 2],
    ])
  })

  it('are the one object where that is all there is, beside its checksum', () => {
    expect(found(['04-25-2020/postgres.sql.gz', '04-25-2020/postgres.sql.gz.sha256'])).toEqual([
      ['04-25-2020/postgres.sql.gz', '2020-04-25', 'postgres', 1],
    ])
  })

  it('are of the wanted kind where one of several is', () => {
    const keys = ['04-25-2020/postgres.sql.gz', '04-25-2020/media.tar.gz']
    expect(found(keys, { kind: 'postgres' })).toEqual([['04-25-2020/postgres.sql.gz', '2020-04-25', 'postgres', 1]])
    expect(found(keys)).toEqual([['04-25-2020/', '2020-04-25', 'folder', 2]])
    expect(found(['04-25-2020/all.gz'], { kind: 'postgres' })).toEqual([
      ['04-25-2020/all.gz', '2020-04-25', 'postgres', 1],
    ])
  })

  it('are the archive of Rocket.Chat, beside the log of its backup', () => {
    expect(
      found(['r/04-25-2020/backup_20200425.1428.log', 'r/04-25-2020/rocketchat_backup_20200425.1428.tar.gz']),
    ).toEqual([['r/04-25-2020/rocketchat_backup_20200425.1428.tar.gz', '2020-04-25', 'rocketchat', 1]])
  })

  it('are what a recipe of the config says by their names, before all that is known otherwise', () => {
    const own = [{ name: 'wiki', match: '^wiki.*\\.sql\\.gz$' }, { name: 'unmatched' }]
    expect(found(['04-25-2020/wiki.sql.gz'], { own })).toEqual([['04-25-2020/wiki.sql.gz', '2020-04-25', 'wiki', 1]])
    expect(found(['04-25-2020/wiki.sql.gz', '04-25-2020/wiki2.sql.gz'], { own })).toEqual([
      ['04-25-2020/', '2020-04-25', 'wiki', 2],
    ])
    expect(found(['04-25-2020/db.sql.gz'], { own })).toEqual([['04-25-2020/db.sql.gz', '2020-04-25', 'postgres', 1]])
  })

  it('keep the date of the folder that was asked for', () => {
    expect(found(['web/04-25-2020/2019-01-01.log', 'web/04-25-2020/b'], { root: 'web/04-25-2020/' })).toEqual([
      ['web/04-25-2020/', '2020-04-25', 'folder', 2],
    ])
    expect(found(['m/04-25-2020/postgres.sql.gz'], { root: 'm/04-25-2020/postgres.sql.gz' })).toEqual([
      ['m/04-25-2020/postgres.sql.gz', '2020-04-25', 'postgres', 1],
    ])
    expect(found(['m/04-25-2020/notes'], { root: 'm/04-25-2020/notes' })).toEqual([
      ['m/04-25-2020/notes', '2020-04-25', 'folder', 1],
    ])
  })
})

describe('objects with dates in their names', () => {
  it('are a dump each, compared only with those named alike', () => {
    const keys = [
      'd/db-20200425.sql.gz',
      'd/db-20200426.sql.gz',
      'd/www-2020-04-26.tar.zst',
      'd/db-20200426.sql.gz.md5',
    ]
    expect(found(keys)).toEqual([
      ['d/db-20200426.sql.gz', '2020-04-26', 'postgres', 1],
      ['d/www-2020-04-26.tar.zst', '2020-04-26', 'archive', 1],
      ['d/db-20200425.sql.gz', '2020-04-25', 'postgres', 1],
    ])
    const series = dumpsIn(
      keys.map((key) => object(key)),
      { root: '' },
    ).map((each) => each.series)
    expect(new Set(series)).toEqual(new Set(['d/db-*.sql.gz', 'd/www-*.tar.zst']))
  })

  it('that several objects begin with stay apart from other names', () => {
    expect(found(['x/tank@zfsnap-2026-11-20_03.00.00--1w.gz'])).toEqual([
      ['x/tank@zfsnap-2026-11-20_03.00.00--1w.gz', '2026-11-20', 'zfs-stream', 1],
    ])
  })
})

describe('objects without dates', () => {
  it('are one folder, as old as its last object', () => {
    expect(found(['a/x', 'a/y/z', 'a/'], { root: 'a/' })).toEqual([['a/', '2026-11-20', 'folder', 2]])
  })

  it('are a dump each where each is one by its name', () => {
    expect(found(['a/db.sql.gz', 'a/www.tgz'], { root: 'a/' })).toEqual([
      ['a/db.sql.gz', '2026-11-20', 'postgres', 1],
      ['a/www.tgz', '2026-11-20', 'archive', 1],
    ])
  })

  it('are no dump beside dated ones', () => {
    expect(found(['a/README', 'a/04-25-2020/x'])).toEqual([['a/04-25-2020/', '2020-04-25', 'folder', 1]])
  })
})

describe('folders of duplicity', () => {
  const full = ['vol1.difftar.gpg', 'manifest.gpg'].map((end) => `duplicity-full.20261101T034501Z.${end}`)
  const inc = ['manifest.gpg', 'vol1.difftar.gpg'].map(
    (end) => `duplicity-inc.20261101T034501Z.to.20261102T034501Z.${end}`,
  )
  const signatures = 'duplicity-new-signatures.20261101T034501Z.to.20261102T034501Z.sigtar.gpg'
  const all = [...full, ...inc, signatures]

  it.each([
    ['undated', ['h/'], {}],
    ['dated', ['11-03-2026/', '11-02-2026/'], {}],
    ['deeper than their date', ['11-03-2026/mail/encrypted/'], {}],
    ['asked for by the folder itself', ['h/12-01-2026/'], { root: 'h/12-01-2026/' }],
  ])('are a dump for each moment, named by its manifest: %s', (_, folders, more) => {
    const keys = folders.flatMap((folder) => all.map((name) => `${folder}${name}`))
    expect(found(keys, more)).toEqual([
      ...folders.toSorted().map((folder) => [`${folder}${inc[0]}`, '2026-11-02', 'duplicity', 4]),
      ...folders.toSorted().map((folder) => [`${folder}${full[1]}`, '2026-11-01', 'duplicity', 2]),
    ])
  })

  it('have one of them where a file of it is asked for', () => {
    const keys = ['h/', 'h/deeper/'].flatMap((folder) => all.map((name) => `${folder}${name}`))
    for (const name of full)
      expect(found(keys, { root: `h/${name}` })).toEqual([[`h/${full[1]}`, '2026-11-01', 'duplicity', 2]])
    expect(found(keys, { root: 'h/duplicity-full.20200101T000000Z.manifest.gpg' })).toEqual([])
  })

  it('are files like any others where that is said', () => {
    expect(
      found(
        all.map((name) => `h/${name}`),
        { root: 'h/', kind: 'folder' },
      ),
    ).toEqual([['h/', '2026-11-20', 'folder', 5]])
  })
})

describe('what this version does not restore', () => {
  it.each([
    ['rocketchat/11-20-2026/rocketchat_backup_20261120.0310.tar.gz', undefined, 'rocketchat'],
    ['11-20-2026/mysql-all.sql.gz', undefined, 'mysql'],
    ['11-20-2026/postgres.sql.gz.gpg', undefined, 'encrypted'],
  ])('is recognized: %s', (key, prefix, kind) => {
    expect(found([key])).toMatchObject([[prefix ?? key, expect.any(String), kind, 1]])
  })
})

it('every object is in one dump at most, and each dump has what its prefix says', () => {
  const part = fc.oneof(
    fc.constantFrom('04-25-2020', '25-04-2020', '20201231', 'web', 'db-2020-04-25.sql.gz', 'x.md5', 'a b\n', ''),
    fc.string({ maxLength: 6 }),
  )
  const keys = fc.uniqueArray(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(keys, fc.constantFrom(undefined, 'postgres' as const, 'folder' as const), (all, kind) => {
      const given = all.filter((key) => key !== '').map((key) => object(key))
      const dumps = dumpsIn(given, { root: '', kind })
      const taken = dumps.flatMap(({ objects }) => objects.map(({ key }) => key))
      if (new Set(taken).size !== taken.length) throw new Error(`twice: ${JSON.stringify(taken)}`)
      for (const { prefix, objects, bytes } of dumps) {
        if (objects.length === 0 || bytes !== objects.length * 1000) throw new Error('wrong bytes')
        if (objects.some(({ key }) => !key.startsWith(prefix))) throw new Error(`not below ${prefix}`)
        if (prefix !== '' && !prefix.endsWith('/') && objects.length > 1) throw new Error(`several for ${prefix}`)
      }
      expect(dumps.map(({ at }) => at)).toEqual(
        dumps
          .map(({ at }) => at)
          .toSorted()
          .toReversed(),
      )
    }),
    { numRuns: 10_000 },
  )
})

it('a hundred thousand objects are grouped', () => {
  const objects = Array.from({ length: 100_000 }, (_, n) => {
    const day = String((n % 28) + 1).padStart(2, '0')
    return object(`web/11-${day}-2026/deep/folder/file-${n}`)
  })
  const begun = performance.now()
  const dumps = dumpsIn(objects, { root: 'web/' })
  console.info(`100,000 objects grouped in ${Math.round(performance.now() - begun)} ms`)
  expect(dumps).toHaveLength(28)
})

describe('the digest of objects', () => {
  const some = [object('a'), object('b')]

  it('is the same in any order, and after the same was uploaded again', () => {
    expect(digestOf(some)).toMatch(/^[0-9a-f]{64}$/)
    expect(digestOf(some.toReversed())).toBe(digestOf(some))
    expect(digestOf(some.map((each) => ({ ...each, modifiedAt: '2027-01-01T00:00:00Z' })))).toBe(digestOf(some))
  })

  it.each([
    [[]],
    [[object('a')]],
    [[object('a', { etag: 'f' }), object('b')]],
    [[object('a'), object('b', { sizeBytes: 1 })]],
  ])('is another one for other objects', (others) => {
    expect(digestOf(others)).not.toBe(digestOf(some))
  })
})

it('an S3 URL is read as it was written, whatever the key', () => {
  const bucket = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/)
  fc.assert(
    fc.property(bucket, fc.string({ unit: 'binary' }), (name, prefix) => {
      expect(parseS3Url(s3Url({ bucket: name, prefix }))).toEqual({ bucket: name, prefix })
    }),
    { numRuns: 10_000 },
  )
  expect(['', 'b/x', 's3://', 's3:///x', 's3://B/x', 'https://b/x'].map((text) => parseS3Url(text))).toEqual(
    Array.from({ length: 6 }, () => undefined),
  )
})

// The choice of a dump, over the lab's S3.
import { describe, expect, it } from 'vitest'
import type { CloudWorld, WorldBucket } from '../../src/lab/cloud/world.ts'
import { dumpReviewChoice } from '../../src/steps/review-dump.ts'
import { dumpChoice } from '../../src/steps/dump.ts'
import type { Dump } from '../../src/steps/dumps/dump-answer.ts'
import { chosenObjects } from '../../src/steps/dumps/objects.ts'
import type { Flags } from '../../src/steps/flags.ts'
import type { HostProfile } from '../../src/steps/profile.ts'
import type { Option } from '../../src/steps/step.ts'
import { PreflightError, UsageError } from '../../src/text/errors.ts'
import { bucket } from '../lab/cloud/s3/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, type AwsRun } from './aws-run.ts'

type Objects = NonNullable<WorldBucket['objects']>

// The session's clock is at 2026-11-21T19:00.
const daily = (date: string, text = 'x'.repeat(100), more: object = {}): Objects[number] => {
  const [year, month, day] = date.split('-')
  return {
    key: `matrix/${month}-${day}-${year}/postgres.sql.gz`,
    content: { text },
    lastModified: `${date}T03:00:00Z`,
    ...more,
  }
}

const dates = ['2025-12-31', '2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21']
const week = dates.map((date) => daily(date))
const entry = { name: 'matrix', from: `s3://${bucket}/matrix/` }

interface Given extends Partial<WorldBucket> {
  readonly flags?: Partial<Flags>
  readonly host?: Partial<HostProfile>
  readonly world?: Partial<CloudWorld>
}

const over = ({ flags = {}, host = { dumps: [entry] }, world = {}, ...given }: Given = {}): Promise<AwsRun> =>
  awsRun({ buckets: [{ name: bucket, objects: week, ...given }], ...world }, { flags, host })

async function options({ run }: AwsRun): Promise<Option<Dump>[]> {
  const seen = []
  for await (const each of dumpChoice.options(run)) if (each.kind === 'option') seen.push(each)
  return seen
}

const chosen = ({ run }: AwsRun): Dump => run.answer(dumpChoice)

const actions = ({ cloud }: AwsRun): string[] => cloud.log.map(({ action }) => action)

describe('the dumps of a host', () => {
  it('that nobody has named can be named by who is there', async () => {
    await using at = await over({ host: {} })
    const facts = []
    for await (const each of dumpChoice.options(at.run)) facts.push(each.kind === 'fact' ? each.text : each.label)
    expect(facts).toEqual([expect.stringMatching(/^which dumps are this host's\?/)])
    const url = `s3://${bucket}/matrix/11-20-2026/`
    expect(await dumpChoice.typed?.read(at.run, url)).toMatchObject({ prefix: 'matrix/11-20-2026/postgres.sql.gz' })
  })

  it('are offered newest first by the dates in their names, with what there is to know', async () => {
    await using at = await over()
    const seen = await options(at)
    expect(seen.map(({ value }) => value.at.slice(0, 10))).toEqual(dates.toReversed())
    expect(seen[0]?.label).toBe(
      '16 h old  2026-11-21 03:00 UTC  100 B  1 object  postgres  matrix  STANDARD'.replace(
        '16 h old',
        seen[0]?.label.split('  ')[0] ?? '',
      ),
    )
    expect(seen[0]?.detail).toMatch(/^s3:\/\/backups\/matrix\/11-21-2026\/postgres.sql.gz; postgres.sql.gz is SQL/)
  })

  it('are answered with all that later steps need', async () => {
    await using at = await over({ flags: { dump: 'latest' } })
    await at.choose(dumpChoice)
    expect(chosen(at)).toMatchObject({
      bucket,
      region: 'eu-central-1',
      prefix: 'matrix/11-21-2026/postgres.sql.gz',
      at: '2026-11-21T03:00:00.000Z',
      kind: 'postgres',
      objects: 1,
      bytes: 100,
      entry: 'matrix',
      doubts: [],
    })
    expect(at.findings('info')).toContain(
      'everything written after 2026-11-21T03:00:00.000Z is not in s3://backups/matrix/11-21-2026/postgres.sql.gz',
    )
  })

  it('are found in another region, and without GetBucketLocation, versions or uploads being allowed', async () => {
    const denied = ['s3:GetBucketLocation', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads']
    await using at = await over({ region: 'us-west-2', world: { denied }, flags: { dump: 'latest' } })
    await at.choose(dumpChoice)
    expect(chosen(at).region).toBe('us-west-2')
    expect(actions(at)).not.toContain('GetBucketLocation')
  })

  it('may not be listed: the permission is named', async () => {
    await using at = await over({ world: { denied: ['s3:ListBucket'] } })
    expect(await thrownBy(options(at))).toMatchObject({ code: 'AccessDenied', missingPermission: 's3:ListBucket' })
  })

  it('of odd names are shown in one line', async () => {
    const objects = [daily('2026-11-20', 'x', { key: 'matrix/11-20-2026/a\n\u001b[31m\u202eb' })]
    await using at = await over({ objects })
    const [one] = await options(at)
    expect(`${one?.label}${one?.detail}`).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(one?.value.prefix).toBe('matrix/11-20-2026/')
  })
})

describe('a dump in doubt', () => {
  it('can be chosen, and what speaks against it is said again before it is fetched', async () => {
    const half = daily('2026-11-21', 'y')
    await using at = await over({
      objects: [...week.slice(0, -1), half],
      flags: { dump: `s3://${bucket}/${half.key}` },
    })
    await at.choose(dumpChoice)
    at.session.record({ type: 'answered', at: at.session.at(), step: 'carrier', value: 'host', by: 'flag' })
    at.session.record({ type: 'answered', at: at.session.at(), step: 'place', value: 'postgres', by: 'flag' })
    const facts: string[] = []
    for await (const each of dumpReviewChoice([]).options(at.run)) if (each.kind === 'fact') facts.push(each.text)
    expect(facts.join('\n')).toContain('in doubt: it has 1 B, those before had 100 B')
  })
})

describe('the newest dump', () => {
  it('is passed over where it is in doubt, and that is said', async () => {
    await using at = await over({ objects: [...week.slice(0, 4), daily('2026-11-21', 'x')], flags: { dump: 'latest' } })
    await at.choose(dumpChoice)
    expect(chosen(at).at).toBe('2026-11-20T03:00:00.000Z')
    expect(at.findings('warn')).toContain(
      'a newer dump is passed over; the newest is of 2026-11-21T03:00:00.000Z, 1 d later: it has 1 B, those before had 100 B',
    )
  })

  it('can be taken in doubt by its URL: the doubt is said', async () => {
    const dump = `s3://${bucket}/matrix/11-21-2026/`
    await using at = await over({ objects: [...week.slice(0, 4), daily('2026-11-21', 'x')], flags: { dump } })
    await at.choose(dumpChoice)
    expect(chosen(at).bytes).toBe(1)
    expect(at.findings('warn')).toEqual(['it has 1 B, those before had 100 B'])
  })

  it('is archived: it can be chosen, and is not suggested', async () => {
    const cold = daily('2026-11-21', undefined, { storageClass: 'GLACIER' })
    await using at = await over({ objects: [...week.slice(0, 4), cold] })
    const [newest] = await options(at)
    expect(newest?.disabled).toBeUndefined()
    expect(newest?.value).toMatchObject({ cold: 1, doubts: [expect.stringMatching(/^it is archived/) as unknown] })
    expect(dumpChoice.suggested(at.run, await options(at))?.value.at).toBe('2026-11-20T03:00:00.000Z')
  })

  it('was written over: the versions before it can be chosen, and are never suggested', async () => {
    const later = daily('2026-11-21', 'y'.repeat(100), { lastModified: '2026-11-21T09:00:00Z' })
    await using at = await over({ objects: [...week, later], versioning: 'Enabled' })
    const [newest, before, ...others] = await options(at)
    expect([newest?.value.asOf, newest?.value.doubts]).toEqual([
      null,
      ['1 object of it was written over; the older versions are there'],
    ])
    expect([before?.value.asOf, before?.value.doubts]).toEqual([
      '2026-11-21T03:00:00.000Z',
      ['1 object of it was written over since 2026-11-21 03:00; this is what it was before'],
    ])
    expect(others.map(({ value }) => value.asOf)).toEqual([null, null, null, null])
    expect(dumpChoice.suggested(at.run, await options(at))?.value.at).toBe('2026-11-20T03:00:00.000Z')
  })
})

describe('a bucket that keeps versions', () => {
  const key = 'matrix/latest.sql.gz'
  const each = dates.map((date) => daily(date, date, { key }))

  it('has a dump for each time that one file was written over', async () => {
    await using at = await over({ objects: each, versioning: 'Enabled' })
    const seen = await options(at)
    expect(seen.map(({ value }) => value.at.slice(0, 10))).toEqual(dates.toReversed())
    expect(seen.map(({ value }) => value.asOf?.slice(0, 10) ?? null)).toEqual([null, ...dates.toReversed().slice(1)])
    expect(seen.flatMap(({ value }) => value.doubts)).toEqual([])
    expect(dumpChoice.suggested(at.run, seen)).toBe(seen[0])
  })

  it('gives a dump as it was at the moment that was named', async () => {
    const flags = { dump: `s3://${bucket}/${key}`, dumpAsOf: '2026-11-20T12:00:00+01:00' }
    const other = daily('2026-11-19', 'not of it', { key: `${key}.old` })
    await using at = await over({ objects: [...each, other], versioning: 'Enabled', flags })
    await at.choose(dumpChoice)
    expect(chosen(at)).toMatchObject({ prefix: key, asOf: '2026-11-20T11:00:00.000Z', bytes: 10 })
    expect(await chosenObjects(at.run)).toMatchObject([{ size: 10, versionId: expect.any(String) as unknown }])
  })

  it('has what was deleted, and tells how to take it', async () => {
    const marker = { key: daily('2026-11-20').key, deleteMarker: true as const, lastModified: '2026-11-20T15:00:00Z' }
    const flags = { dump: `s3://${bucket}/matrix/11-20-2026/` }
    await using at = await over({ objects: [daily('2026-11-20'), marker], versioning: 'Enabled', flags })
    expect(await thrownBy(at.choose(dumpChoice))).toMatchObject({
      code: 'dump-not-found',
      next: [
        { command: expect.stringContaining('--dump-as-of 2026-11-20T03:00:00.000Z') as unknown },
        { command: expect.stringContaining('aws s3 ls') as unknown },
      ],
    })
    const [one] = await options(at)
    expect(one?.value).toMatchObject({ prefix: marker.key, asOf: '2026-11-20T03:00:00.000Z', objects: 1 })
    expect(one?.value.doubts).toEqual(['1 object of it was deleted since 2026-11-20 03:00; this is what it was before'])
  })

  it('may not be asked for versions: a moment can not be had, and the permission is named', async () => {
    const flags = { dump: `s3://${bucket}/${key}`, dumpAsOf: '2026-11-20T12:00:00Z' }
    const world = { denied: ['s3:ListBucketVersions'] }
    await using at = await over({ objects: each, versioning: 'Enabled', flags, world })
    expect(await thrownBy(at.choose(dumpChoice))).toMatchObject({ missingPermission: 's3:ListBucketVersions' })
  })
})

describe('--dump', () => {
  it('latest without an entry in the config is a mistake of the command line', async () => {
    await using at = await over({ host: {}, flags: { dump: 'latest' } })
    const error = await thrownBy(at.choose(dumpChoice))
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ message: expect.stringContaining('--dump s3://BUCKET/PREFIX') as unknown })
  })

  it('latest of several entries asks which', async () => {
    const dumps = [entry, { name: 'web', from: `s3://${bucket}/web/` }]
    await using at = await over({ host: { dumps }, flags: { dump: 'latest' } })
    expect(await thrownBy(at.choose(dumpChoice))).toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('names matrix, web') as unknown,
    })
  })

  it('latest of nothing is refused before anything is changed', async () => {
    await using at = await over({ objects: [], flags: { dump: 'latest' } })
    const error = await thrownBy(at.choose(dumpChoice))
    expect(error).toBeInstanceOf(PreflightError)
    expect(error).toMatchObject({
      code: 'no-usable-dump',
      next: [{ command: `aws s3 ls --recursive --human-readable s3://backups/matrix/` }],
    })
  })

  it.each([
    `s3://${bucket}/matrix/11-20-2026/postgres.sql.gz`,
    `s3://${bucket}/matrix/11-20-2026/`,
    `s3://${bucket}/matrix/11-20-2026`,
  ])('names a dump, also without an entry in the config: %s', async (dump) => {
    await using at = await over({ host: {}, flags: { dump } })
    await at.choose(dumpChoice)
    expect(chosen(at)).toMatchObject({ prefix: 'matrix/11-20-2026/postgres.sql.gz', entry: null, kind: 'postgres' })
  })

  it('of a folder of dumps leaves the choice among these', async () => {
    await using at = await over({ host: {}, flags: { dump: `s3://${bucket}/matrix/` } })
    expect(await dumpChoice.fromFlags(at.run, await options(at))).toBeUndefined()
    expect(await options(at)).toHaveLength(5)
  })

  it('of nothing says so', async () => {
    await using at = await over({ flags: { dump: `s3://${bucket}/matrix/11-2` } })
    expect(await thrownBy(at.choose(dumpChoice))).toMatchObject({ code: 'dump-not-found' })
  })

  it('of no URL is a mistake of the command line', async () => {
    await using at = await over({ flags: { dump: 'newest' } })
    expect(await thrownBy(at.choose(dumpChoice))).toBeInstanceOf(UsageError)
  })

  it('with --dump-kind says what its name does not', async () => {
    const objects = [daily('2026-11-20', 'x', { key: 'matrix/11-20-2026/all.gz' })]
    await using at = await over({ objects, host: {}, flags: { dump: `s3://${bucket}/matrix/`, dumpKind: 'postgres' } })
    await at.choose(dumpChoice)
    expect(chosen(at)).toMatchObject({ kind: 'postgres', prefix: 'matrix/11-20-2026/all.gz' })
  })
})

const filesOf = (which: string) => ['manifest.gpg', 'vol1.difftar.gpg'].map((end) => `duplicity-${which}.${end}`)

const copied = (date: string, names: readonly string[], more: object = {}): Objects =>
  names.map((each) => ({
    key: `mail/${date}/${each}`,
    content: { text: each },
    lastModified: '2026-11-20T04:00:00Z',
    ...more,
  }))

describe('backups of duplicity', () => {
  const full = filesOf('full.20261118T030000Z')
  const inc = filesOf('inc.20261118T030000Z.to.20261119T030000Z')
  const last = filesOf('inc.20261119T030000Z.to.20261120T030000Z')
  const mail = { name: 'mail', from: `s3://${bucket}/mail/`, kind: 'duplicity' as const }
  // Each night the whole folder is copied once more.
  const nights = [
    ...copied('11-19-2026', [...full, ...inc], { lastModified: '2026-11-19T04:00:00Z' }),
    ...copied('11-20-2026', [...full, ...inc, ...last]),
  ]

  it('are offered as moments, each once, from the newest copy that can be restored', async () => {
    await using at = await over({ objects: nights, host: { dumps: [mail] } })
    const seen = await options(at)
    expect(seen.map(({ value }) => [value.prefix, value.objects])).toEqual([
      [`mail/11-20-2026/${last[0]}`, 6],
      [`mail/11-20-2026/${inc[0]}`, 4],
      [`mail/11-20-2026/${full[0]}`, 2],
    ])
    expect(seen.map(({ value }) => value.increments)).toEqual([2, 1, 0])
    expect(seen.map(({ label }) => label.split('  ').slice(4, 6))).toEqual([
      ['duplicity', 'incremental 2 of chain of 2026-11-18 03:00'],
      ['duplicity', 'incremental 1 of chain of 2026-11-18 03:00'],
      ['duplicity', 'full'],
    ])
    const young = copied('11-21-2026', [...full, ...inc, ...last], { lastModified: '2026-11-21T18:59:00Z' })
    await using copying = await over({ objects: [...nights, ...young], host: { dumps: [mail] } })
    expect((await options(copying)).map(({ value }) => value.prefix.slice(0, 15))).toEqual(
      Array.from({ length: 3 }, () => 'mail/11-20-2026'),
    )
  })

  it('that lack something are shown with what it is, and latest is the newest whole one', async () => {
    const objects = nights.filter(({ key }) => !key.endsWith(inc[1] ?? ''))
    await using at = await over({ objects, host: { dumps: [mail] }, flags: { dump: 'latest' } })
    const seen = await options(at)
    expect(seen.map(({ disabled }) => disabled)).toEqual([
      'the backup of 2026-11-19 03:00 has no volumes',
      'the backup of 2026-11-19 03:00 has no volumes',
      undefined,
    ])
    await at.choose(dumpChoice)
    expect(chosen(at)).toMatchObject({ at: '2026-11-18T03:00:00.000Z', kind: 'duplicity', entry: 'mail', objects: 2 })
  })

  it('are named by any of their files, and found again when the next backup has been made', async () => {
    const dump = `s3://${bucket}/mail/11-20-2026/${inc[1]}`
    await using at = await over({ objects: nights, host: { dumps: [mail] }, flags: { dump } })
    await at.choose(dumpChoice)
    expect(chosen(at)).toMatchObject({
      at: '2026-11-19T03:00:00.000Z',
      prefix: `mail/11-20-2026/${inc[0]}`,
      objects: 4,
    })
    expect((await chosenObjects(at.run)).map(({ key }) => key)).toEqual(
      [...full, ...inc].map((each) => `mail/11-20-2026/${each}`),
    )
  })
})

it('another dump can be typed by its URL', async () => {
  await using at = await over()
  const read = (text: string): Promise<Dump> =>
    dumpChoice.typed?.read(at.run, text) ?? Promise.reject(new Error('none'))
  expect(await read(` s3://${bucket}/matrix/11-19-2026 `)).toMatchObject({ at: '2026-11-19T03:00:00.000Z' })
  expect(await thrownBy(read(`s3://${bucket}/matrix/`))).toMatchObject({
    message: expect.stringContaining('several dumps') as unknown,
  })
})

it('a hundred thousand objects are listed and grouped', async () => {
  const objects = Array.from({ length: 100_000 }, (_, n) => ({
    key: `matrix/11-${String((n % 20) + 1).padStart(2, '0')}-2026/files/${n}`,
    content: { text: '0123456789' },
    checksum: 'none' as const,
    lastModified: '2026-11-20T03:00:00Z',
  }))
  await using at = await over({ objects, world: { denied: ['s3:ListBucketVersions'] } })
  const begun = performance.now()
  const seen = await options(at)
  console.info(`100,000 objects listed and grouped in ${Math.round(performance.now() - begun)} ms`)
  expect(seen.map(({ value }) => value.objects)).toEqual(Array.from({ length: 20 }, () => 5000))
}, 180_000)

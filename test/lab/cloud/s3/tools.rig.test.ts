import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until, world } from '../helpers.ts'
import { s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const lastModified = '2026-11-20T23:45:12Z'
const buckets = [
  {
    name: 'backups',
    objects: [
      { key: 'db/a b+ü.sql', content: { text: 'hello' }, lastModified },
      { key: 'db/large.sql', content: { sizeBytes: 20 * 1024 ** 2, seed: 'x' }, lastModified },
      { key: 'cold/old.sql', content: { text: 'cold' }, storageClass: 'GLACIER', lastModified },
    ],
  },
  { name: 'far', region: 'us-west-2', objects: [{ key: 'here', content: { text: 'far' }, lastModified }] },
  { name: 'versioned', versioning: 'Enabled' as const },
]

let lab: S3Lab
let home: string
let large: Buffer

beforeAll(async () => {
  lab = await s3Lab({}, { buckets })
  home = await mkdtemp(join(tmpdir(), 's3-tools-'))
  large = Buffer.alloc(20 * 1024 ** 2, 'large ')
  await mkdir(join(home, 'local/sub dir'), { recursive: true })
  await writeFile(join(home, 'local/a +b.txt'), 'one')
  await writeFile(join(home, 'local/sub dir/ü.txt'), 'two')
  await writeFile(join(home, 'large'), large)
  const host = new URL(lab.cloud.s3).host
  const lines = [`access_key = ${world.accessKeyId}`, `secret_key = ${world.secretAccessKey}`, `host_base = ${host}`]
  const more = [`host_bucket = ${host}`, `bucket_location = ${world.region}`, 'use_https = False']
  await writeFile(join(home, '.s3cfg'), ['[default]', ...lines, ...more, ''].join('\n'))
})

afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await rm(home, { recursive: true })
})

interface Said {
  readonly out: string
  readonly err: string
  readonly code: number | undefined
}

// Debian's own, by their paths: what PATH finds first may be another program of that name.
async function run(program: string, args: readonly string[]): Promise<Said> {
  const { exitCode, stderr, stdout } = await execa(program, args, {
    reject: false,
    extendEnv: false,
    cwd: home,
    env: {
      HOME: home,
      PATH: '/usr/bin:/bin',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      AWS_ACCESS_KEY_ID: world.accessKeyId,
      AWS_SECRET_ACCESS_KEY: world.secretAccessKey,
      AWS_REGION: world.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    },
  })
  return { out: stdout, err: stderr.trim(), code: exitCode }
}

const aws = (...args: readonly string[]) => run('/usr/bin/aws', ['--endpoint-url', lab.cloud.s3, ...args])
const s3cmd = (...args: readonly string[]) => run('/usr/bin/s3cmd', args)
const json = async (...args: readonly string[]) => JSON.parse((await aws('s3api', ...args)).out) as unknown
const local = (path: string) => readFile(join(home, path))

describe("Debian's aws", () => {
  test('s3 ls lists buckets, folders and objects', async () => {
    expect((await aws('s3', 'ls')).out.split('\n').map((line) => line.slice(20))).toEqual([
      'backups',
      'far',
      'versioned',
    ])
    expect((await aws('s3', 'ls', 's3://backups/')).out).toBe(
      '                           PRE cold/\n                           PRE db/',
    )
    expect((await aws('s3', 'ls', 's3://backups/db/', '--recursive')).out).toBe(
      '2026-11-20 23:45:12          5 db/a b+ü.sql\n2026-11-20 23:45:12   20971520 db/large.sql',
    )
  })

  test('s3 cp brings small and large objects there and back, in parts where they are large', async () => {
    expect((await aws('s3', 'cp', 's3://backups/db/a b+ü.sql', '-')).out).toBe('hello')
    expect((await aws('s3', 'cp', 'large', 's3://backups/up/large', '--no-progress')).err).toBe('')
    expect((await aws('s3', 'cp', 's3://backups/up/large', 'back', '--no-progress')).err).toBe('')
    expect((await local('back')).equals(large)).toBe(true)
    expect(await json('head-object', '--bucket', 'backups', '--key', 'up/large')).toMatchObject({
      ContentLength: large.length,
      ETag: expect.stringMatching(/^"[0-9a-f]{32}-3"$/) as unknown,
    })
    expect((await aws('s3', 'cp', 's3://backups/up/large', 's3://versioned/copy', '--no-progress')).err).toBe('')
    expect(await json('head-object', '--bucket', 'versioned', '--key', 'copy')).toMatchObject({
      ContentLength: large.length,
    })
  })

  test('s3 sync copies a folder, then only what changed, and deletes with --delete', async () => {
    const sync = async (...args: readonly string[]) =>
      (await aws('s3', 'sync', 'local', 's3://backups/sync', '--no-progress', ...args)).out
    expect((await sync()).split('\n')).toHaveLength(2)
    expect(await sync()).toBe('')
    await aws('s3', 'sync', 's3://backups/sync', 'synced', '--no-progress')
    expect((await local('synced/sub dir/ü.txt')).toString()).toBe('two')
    await aws('s3', 'cp', 'large', 's3://backups/sync/more', '--no-progress')
    expect(await sync('--delete')).toBe('delete: s3://backups/sync/more')
  })

  test('s3 presign makes a URL that is good by itself', async () => {
    const { out } = await aws('s3', 'presign', 's3://backups/db/a b+ü.sql', '--expires-in', '60')
    expect(await (await fetch(out)).text()).toBe('hello')
    expect((await fetch(out.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).status).toBe(403)
  })

  test('s3 rm deletes, and s3 mb and rb make and remove a bucket', async () => {
    await aws('s3', 'cp', 'local/a +b.txt', 's3://backups/rm/a')
    expect((await aws('s3', 'rm', 's3://backups/rm/', '--recursive')).out).toBe('delete: s3://backups/rm/a')
    expect((await aws('s3', 'ls', 's3://backups/rm/')).code).toBe(1)
    expect((await aws('s3', 'mb', 's3://new-one')).out).toBe('make_bucket: new-one')
    expect((await aws('s3', 'rb', 's3://new-one')).out).toBe('remove_bucket: new-one')
  })

  test('follows the 301 to the region of a bucket', async () => {
    expect(await aws('s3', 'ls', 's3://far')).toMatchObject({ out: '2026-11-20 23:45:12          3 here', err: '' })
    expect(await json('get-bucket-location', '--bucket', 'backups')).toEqual({ LocationConstraint: 'eu-central-1' })
  })

  test('s3api pages through a listing by itself, and takes ranges and conditions', async () => {
    const listed = await json('list-objects-v2', '--bucket', 'backups', '--prefix', 'db/', '--page-size', '1')
    expect(listed).toMatchObject({ Contents: [{ Key: 'db/a b+ü.sql' }, { Key: 'db/large.sql' }] })
    const get = ['get-object', '--bucket', 'backups', '--key', 'db/a b+ü.sql']
    expect(await json(...get, '--range', 'bytes=1-2', 'part')).toMatchObject({ ContentRange: 'bytes 1-2/5' })
    expect((await local('part')).toString()).toBe('el')
    expect((await aws('s3api', ...get, '--if-match', '"other"', 'part')).err).toContain('(PreconditionFailed)')
  })

  test('s3api sees versions and delete markers', async () => {
    const object = ['--bucket', 'versioned', '--key', 'v']
    const { VersionId } = (await json('put-object', ...object, '--body', 'local/a +b.txt')) as { VersionId: string }
    expect(await json('delete-object', ...object)).toMatchObject({ DeleteMarker: true })
    expect((await aws('s3api', 'get-object', ...object, 'v')).err).toContain('(NoSuchKey)')
    expect(await json('get-object', ...object, '--version-id', VersionId, 'v')).toMatchObject({ VersionId })
    expect(await json('list-object-versions', '--bucket', 'versioned', '--prefix', 'v')).toMatchObject({
      Versions: [{ VersionId, IsLatest: false }],
      DeleteMarkers: [{ IsLatest: true }],
    })
  })

  test('s3api restore-object brings an object out of the archive', async () => {
    const object = ['--bucket', 'backups', '--key', 'cold/old.sql']
    expect((await aws('s3api', 'get-object', ...object, 'cold')).err).toContain('(InvalidObjectState)')
    await aws('s3api', 'restore-object', ...object, '--restore-request', 'Days=1')
    const restored = await until(
      () => json('head-object', ...object),
      (one) => JSON.stringify(one).includes('ongoing-request=\\"false\\"'),
    )
    expect(restored).toMatchObject({ StorageClass: 'GLACIER' })
    expect((await aws('s3', 'cp', 's3://backups/cold/old.sql', '-', '--force-glacier-transfer')).out).toBe('cold')
  })
})

describe("Debian's s3cmd", () => {
  test('ls lists buckets, folders and objects', async () => {
    expect((await s3cmd('ls')).out).toContain('s3://backups')
    expect((await s3cmd('ls', 's3://backups/db/')).out).toBe(
      '2026-11-20 23:45            5  s3://backups/db/a b+ü.sql\n2026-11-20 23:45     20971520  s3://backups/db/large.sql',
    )
    expect((await s3cmd('ls', 's3://far')).out).toContain('s3://far/here')
    expect((await s3cmd('ls', 's3://missing')).err).toContain('404 (NoSuchBucket)')
  })

  test('put and get bring small and large objects there and back', async () => {
    expect((await s3cmd('put', '-q', 'large', 's3://backups/s3cmd/large')).err).toBe('')
    expect((await s3cmd('get', '-q', 's3://backups/s3cmd/large', 'got')).err).toBe('')
    expect((await local('got')).equals(large)).toBe(true)
  })

  test('sync copies a folder there and back, and del -r deletes it', async () => {
    expect(await s3cmd('sync', '-q', 'local/', 's3://backups/s3cmd-sync/')).toMatchObject({ code: 0, err: '' })
    expect(await s3cmd('sync', '-q', 's3://backups/s3cmd-sync/', 'came/')).toMatchObject({ code: 0, err: '' })
    expect((await local('came/sub dir/ü.txt')).toString()).toBe('two')
    expect((await s3cmd('del', '-r', '--force', 's3://backups/s3cmd-sync/')).out.split('\n')).toHaveLength(2)
  })

  test('info tells of a bucket and of an object', async () => {
    const { err, out } = await s3cmd('info', 's3://backups')
    expect([err, out]).toEqual(['', expect.stringMatching(/Location: +eu-central-1\n[\s\S]*Policy: +none\n/)])
    expect((await s3cmd('info', 's3://backups/db/a b+ü.sql')).out).toMatch(
      /File size: 5\n[\s\S]*Storage: +STANDARD\n +MD5 sum: +5d41402abc4b2a76b9719d911017c592\n/,
    )
  })
})

// The program's own S3 client against the lab's S3, which answers as S3 does.
import { describe, expect, it } from 'vitest'
import { awsCliText } from '../../../src/remote/aws/cli-text.ts'
import {
  bucketRegion,
  headObject,
  listObjects,
  listUploads,
  listVersions,
  parseRestore,
  restoreObject,
} from '../../../src/remote/aws/s3.ts'
import type { Cloud } from '../../../src/lab/cloud/start-cloud.ts'
import type { CloudWorld, WorldBucket } from '../../../src/lab/cloud/world.ts'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import { createHash } from 'node:crypto'
import type { AwsCommand } from '../../../src/remote/command.ts'
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3'
import { AwsError, PreflightError } from '../../../src/text/errors.ts'
import { until, world } from '../../lab/cloud/helpers.ts'
import { bucket, s3Lab } from '../../lab/cloud/s3/helpers.ts'
import { awsAt } from './aws-at.ts'
import { thrownBy } from './thrown-by.ts'

const content = { text: 'x' }

async function lab(given: Partial<WorldBucket> = {}, change: Partial<CloudWorld> = {}) {
  const made = await s3Lab(given, change, { delays: { ...delaysOf('none'), restoreObjectMs: 200 } })
  return { ...made, aws: await awsAt(made.cloud.ec2, undefined, made.cloud.s3) }
}

const actions = ({ log }: Cloud): string[] => log.flatMap(({ action, service }) => (service === 's3' ? [action] : []))

const odd = [
  'plain',
  'with space+plus%20and%percent',
  'two\nlines',
  'it\'s "quoted" \\ `$(x)`',
  '-rf --help',
  'a//b/../c/./d',
  'Grüße/日本語/🛟',
  'bell\u0007\u0001',
  'x'.repeat(1024),
]

describe('a listing of objects', () => {
  it('has every object of every page once, in order', async () => {
    const keys = Array.from({ length: 2500 }, (_, n) => `d/${String(n).padStart(5, '0')}`)
    await using at = await lab({ objects: [...keys, 'other'].map((key) => ({ key, content })) })
    const listed = await at.aws.send(listObjects(bucket, 'd/'))
    expect(listed.map(({ key }) => key)).toEqual(keys)
    expect(actions(at.cloud)).toEqual(['ListObjectsV2', 'ListObjectsV2', 'ListObjectsV2'])
  })

  it('gives odd keys as they are', async () => {
    await using at = await lab({ objects: odd.map((key) => ({ key, content })) })
    const listed = await at.aws.send(listObjects(bucket, ''))
    expect(listed.map(({ key }) => key).toSorted()).toEqual(odd.toSorted())
    for (const key of odd) expect(await at.aws.send(headObject(bucket, key))).toMatchObject({ sizeBytes: 1 })
  })

  it('of nothing is empty', async () => {
    await using at = await lab()
    expect(await at.aws.send(listObjects(bucket, 'none/'))).toEqual([])
  })

  it('says what is archived and how far its copy is', async () => {
    await using at = await lab({ objects: [{ key: 'a', content, storageClass: 'GLACIER' }] })
    expect(await at.aws.send(listObjects(bucket, ''))).toMatchObject([{ storageClass: 'GLACIER', copy: null }])
    await at.aws.send(restoreObject({ bucket, key: 'a', versionId: null }, 3))
    expect(await at.aws.send(listObjects(bucket, ''))).toMatchObject([{ copy: { underway: true, until: null } }])
    expect(await at.aws.send(headObject(bucket, 'a'))).toMatchObject({ copy: { underway: true } })
    const back = await until(
      () => at.aws.send(headObject(bucket, 'a')),
      ({ copy }) => copy?.underway === false,
    )
    expect(back.copy?.until).toMatch(/^\d{4}-\d\d-\d\dT00:00:00.000Z$/)
  })
})

describe('versions', () => {
  it('and delete markers are listed over pages, with keys as they are', async () => {
    const objects = Array.from({ length: 700 }, (_, n) => [
      { key: `k ${n}\n`, content, lastModified: '2026-11-01T00:00:00Z' },
      { key: `k ${n}\n`, content: { text: 'newer' }, lastModified: '2026-11-02T00:00:00Z' },
    ]).flat()
    const gone = { key: 'gone', deleteMarker: true as const, lastModified: '2026-11-03T00:00:00Z' }
    await using at = await lab({ versioning: 'Enabled', objects: [...objects, { key: 'gone', content }, gone] })
    const { versions, markers } = await at.aws.send(listVersions(bucket, ''))
    expect(versions).toHaveLength(1401)
    expect(versions.filter(({ isLatest }) => isLatest)).toHaveLength(700)
    expect(new Set(versions.map(({ key, versionId }) => `${key}${versionId}`)).size).toBe(1401)
    expect(markers).toMatchObject([{ key: 'gone', isLatest: true, at: '2026-11-03T00:00:00.000Z' }])
  })

  it('of an object are told apart by their ids', async () => {
    const objects = ['old', 'newer'].map((text) => ({ key: 'a', content: { text }, versionId: text }))
    await using at = await lab({ versioning: 'Enabled', objects })
    expect(await at.aws.send(headObject(bucket, 'a'))).toMatchObject({ sizeBytes: 5, versionId: 'newer' })
    expect(await at.aws.send(headObject(bucket, 'a', 'old'))).toMatchObject({ sizeBytes: 3, versionId: 'old' })
  })
})

describe('the next page', () => {
  const truncated = { IsTruncated: true, NextVersionIdMarker: 'v', NextUploadIdMarker: 'u' }

  it.each([
    ['is asked for by the key that a URL was made of, as AWS does', 'a%2520b%25%0A'],
    ['is asked for by the key as it is, as RGW writes it', 'a%20b%\n'],
  ])('%s', (_, NextKeyMarker) => {
    const listed = [{ Key: 'a' }, { Key: 'a%2520b%25%0A' }]
    const key = { KeyMarker: 'a%20b%\n' }
    const page = { ...truncated, NextKeyMarker }
    expect(listVersions('b', '').nextPage?.({ ...page, Versions: listed })).toEqual({ ...key, VersionIdMarker: 'v' })
    expect(listVersions('b', '').nextPage?.({ ...page, Versions: [{ Key: 'a' }], DeleteMarkers: listed })).toEqual({
      ...key,
      VersionIdMarker: 'v',
    })
    expect(listUploads('b', '').nextPage?.({ ...page, Uploads: listed })).toEqual({ ...key, UploadIdMarker: 'u' })
  })
})

it('an upload in parts that did not end is listed', async () => {
  await using at = await lab()
  await at.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'd/a b' }))
  const listed = await at.aws.send(listUploads(bucket, 'd/'))
  expect(listed).toEqual([{ key: 'd/a b', startedAt: expect.stringMatching(/^\d{4}-.*Z$/) as unknown }])
})

describe('what is said of an object', () => {
  it('is its checksum and what kind of one, its encryption and its ETag', async () => {
    await using at = await lab({
      objects: [
        { key: 'a', content, checksum: 'SHA256' },
        { key: 'b', content, checksum: 'none', kms: 'allowed' },
      ],
    })
    expect(await at.aws.send(headObject(bucket, 'a'))).toMatchObject({
      etag: '9dd4e461268c8034f5c8564e155c67a6',
      encryption: 'AES256',
      storageClass: 'STANDARD',
      archiveStatus: null,
      versionId: null,
      checksum: {
        algorithm: 'SHA256',
        type: 'FULL_OBJECT',
        value: createHash('sha256').update(content.text).digest('base64'),
      },
    })
    expect(await at.aws.send(headObject(bucket, 'b'))).toMatchObject({ encryption: 'aws:kms', checksum: null })
  })

  it('names what is missing, although HEAD is answered without words', async () => {
    await using at = await lab()
    expect(await thrownBy(at.aws.send(headObject(bucket, 'none')))).toMatchObject({
      name: 'AwsError',
      code: 'NoSuchKey',
      missingPermission: null,
    })
    await using closed = await lab({ objects: [{ key: 'a', content }] }, { denied: ['s3:GetObject*'] })
    expect(await thrownBy(closed.aws.send(headObject(bucket, 'a')))).toMatchObject({
      code: 'AccessDenied',
      missingPermission: 's3:GetObject',
    })
  })
})

describe('x-amz-restore', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['ongoing-request="true"', { underway: true, until: null }],
    [
      'ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"',
      { underway: false, until: '2012-12-21T00:00:00.000Z' },
    ],
    ['ongoing-request="false", expiry-date="soon"', { underway: false, until: null }],
  ])('%j is %j', (header, copy) => {
    expect(parseRestore(header)).toEqual(copy)
  })
})

describe('a bucket in another region', () => {
  const far = { buckets: [{ name: bucket, region: 'us-west-2', objects: [{ key: 'a', content }] }] }

  it('is asked there, and after the first time at once', async () => {
    await using at = await lab({}, far)
    expect(await at.aws.send(listObjects(bucket, ''))).toHaveLength(1)
    expect(await at.aws.send(listObjects(bucket, ''))).toHaveLength(1)
    expect(at.cloud.log.map(({ action, code }) => [action, code])).toEqual([
      ['ListObjectsV2', 'PermanentRedirect'],
      ['ListObjectsV2', null],
      ['ListObjectsV2', null],
    ])
  })

  it('is found by many calls at once', async () => {
    await using at = await lab({}, far)
    const heads = await Promise.all(Array.from({ length: 20 }, () => at.aws.send(headObject(bucket, 'a'))))
    expect(heads.map(({ sizeBytes }) => sizeBytes)).toEqual(Array.from({ length: 20 }, () => 1))
  })

  it('says where it is, without GetBucketLocation and also where it may not be looked into', async () => {
    await using at = await lab({}, { ...far, denied: ['s3:GetBucketLocation'] })
    expect(await at.aws.send(bucketRegion(bucket))).toEqual({ region: 'us-west-2', refused: false })
    expect(actions(at.cloud)).toEqual(['HeadBucket', 'HeadBucket'])
    await using closed = await lab({}, { ...far, denied: ['s3:ListBucket'] })
    expect(await closed.aws.send(bucketRegion(bucket))).toEqual({ region: 'us-west-2', refused: true })
  })
})

describe('what S3 refuses', () => {
  it('for want of a bucket says so, for HEAD too', async () => {
    await using at = await lab()
    const commands: AwsCommand<unknown>[] = [listObjects('no-such', ''), bucketRegion('no-such')]
    for (const command of commands) {
      expect(await thrownBy(at.aws.send(command))).toMatchObject({
        name: 'AwsError',
        code: 'NoSuchBucket',
        message: expect.stringContaining('there is no bucket of this name') as unknown,
        next: [{ command: 'aws s3api list-buckets --query Buckets[].Name --output text' }],
      })
    }
  })

  it('for want of a permission names it, and that a policy may want an address', async () => {
    await using at = await lab({}, { denied: ['s3:ListBucket'] })
    const error = await thrownBy(at.aws.send(listObjects(bucket, 'd/')))
    expect(error).toBeInstanceOf(AwsError)
    expect(error).toMatchObject({
      code: 'AccessDenied',
      missingPermission: 's3:ListBucket',
      message: expect.stringMatching(/aws:SourceIp.*\(the identity lacks s3:ListBucket\)$/s) as unknown,
    })
  })

  it('by a policy that lets one prefix be listed, is refused for another one only', async () => {
    const only = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:ListBucket',
          Resource: `arn:aws:s3:::${bucket}`,
          Condition: { StringNotLike: { 's3:prefix': ['web/*'] } },
        },
      ],
    }
    await using at = await lab({ policy: only, objects: [{ key: 'web/a', content }] })
    expect(await at.aws.send(listObjects(bucket, 'web/'))).toHaveLength(1)
    expect(await thrownBy(at.aws.send(listObjects(bucket, 'mail/')))).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('explicit deny in a resource-based policy') as unknown,
    })
    expect(await at.aws.send(bucketRegion(bucket))).toEqual({ region: world.region, refused: true })
  })

  it('because the credentials are not known is about the credentials', async () => {
    await using at = await lab()
    const wrong = '[default]\naws_access_key_id=AKIAIOSFODNN7OTHERXX\naws_secret_access_key=wrong\n'
    const aws = await awsAt(at.cloud.ec2, wrong, at.cloud.s3)
    const error = await thrownBy(aws.send(listObjects(bucket, '')))
    expect(error).toBeInstanceOf(PreflightError)
    expect(error).toMatchObject({ code: 'credentials-refused' })
  })

  it('because it is not archived is said in words that S3 has', async () => {
    await using at = await lab({ objects: [{ key: 'a', content }] })
    expect(await thrownBy(at.aws.send(restoreObject({ bucket, key: 'a', versionId: null }, 1)))).toMatchObject({
      code: 'InvalidObjectState',
      missingPermission: null,
    })
  })
})

describe('a call of S3 as a line', () => {
  it('is for s3api, without the size of a page and how it writes keys', () => {
    expect(awsCliText(listObjects('b', 'a b/'))).toBe(
      `aws s3api list-objects-v2 --bucket b --prefix 'a b/' --optional-object-attributes RestoreStatus`,
    )
    expect(awsCliText(listUploads('b', ''))).toBe('aws s3api list-multipart-uploads --bucket b')
  })

  it('gives a key that begins with a dash as no option', () => {
    expect(awsCliText(headObject('b', '-rf x', 'v'))).toBe(
      `aws s3api head-object --bucket b --key='-rf x' --version-id v --checksum-mode ENABLED`,
    )
  })

  it('asks for a copy from the archive', () => {
    expect(awsCliText(restoreObject({ bucket: 'b', key: 'k', versionId: null }, 7, 'Bulk'))).toBe(
      `aws s3api restore-object --bucket b --key k --restore-request '{"Days":7,"GlacierJobParameters":{"Tier":"Bulk"}}'`,
    )
  })
})

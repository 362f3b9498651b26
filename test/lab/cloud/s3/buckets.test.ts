import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { element, bucket, refusal, s3Lab } from './helpers.ts'

const content = { text: 'x' }
const objects = ['a', 'b/1', 'b/2', 'b/c/3', 'd'].map((key) => ({ key, content }))

describe('a bucket', () => {
  test('says where it is, as a header and as a location, which us-east-1 has none of', async () => {
    await using lab = await s3Lab({}, { buckets: [{ name: bucket }, { name: 'first', region: 'us-east-1' }] })
    expect((await lab.s3.send(new HeadBucketCommand({ Bucket: bucket }))).BucketRegion).toBe('eu-central-1')
    const location = (Bucket: string) =>
      lab.client({ region: 'us-east-1' }).send(new GetBucketLocationCommand({ Bucket }))
    expect((await location(bucket)).LocationConstraint).toBe('eu-central-1')
    expect((await location('first')).LocationConstraint).toBeUndefined()
  })

  test('that is not there is said to be so', async () => {
    await using lab = await s3Lab()
    expect(await refusal(lab.s3.send(new ListObjectsV2Command({ Bucket: 'none' })))).toBe('NoSuchBucket 404')
    expect(await refusal(lab.s3.send(new HeadBucketCommand({ Bucket: 'none' })))).toBe('NotFound 404')
  })

  test('is made in the region of its endpoint, and goes when it is empty', async () => {
    await using lab = await s3Lab()
    const make = (LocationConstraint?: 'eu-central-1' | 'us-west-2') =>
      refusal(
        lab.s3.send(
          new CreateBucketCommand({
            Bucket: 'new',
            ...(LocationConstraint && { CreateBucketConfiguration: { LocationConstraint } }),
          }),
        ),
      )
    // The client says its own region where none is said.
    expect(await make()).toBe('none')
    await lab.s3.send(new DeleteBucketCommand({ Bucket: 'new' }))
    expect(await make('us-west-2')).toBe('IllegalLocationConstraintException 400')
    expect([await make('eu-central-1'), await make('eu-central-1')]).toEqual(['none', 'BucketAlreadyOwnedByYou 409'])
    await lab.s3.send(new PutObjectCommand({ Bucket: 'new', Key: 'a', Body: 'x' }))
    expect(await refusal(lab.s3.send(new DeleteBucketCommand({ Bucket: 'new' })))).toBe('BucketNotEmpty 409')
    expect((await lab.s3.send(new ListBucketsCommand({}))).Buckets?.map((one) => one.Name)).toEqual([bucket, 'new'])
  })
})

describe('a listing', () => {
  test('groups by a delimiter, and goes on after a key', async () => {
    await using lab = await s3Lab({ objects })
    const ask = async (more: object) => {
      const found = await lab.s3.send(new ListObjectsV2Command({ Bucket: bucket, ...more }))
      return [found.Contents?.map((one) => one.Key), found.CommonPrefixes?.map((one) => one.Prefix), found.KeyCount]
    }
    expect(await ask({ Delimiter: '/' })).toEqual([['a', 'd'], ['b/'], 3])
    expect(await ask({ Delimiter: '/', Prefix: 'b/' })).toEqual([['b/1', 'b/2'], ['b/c/'], 3])
    expect(await ask({ StartAfter: 'b/2' })).toEqual([['b/c/3', 'd'], undefined, 2])
    expect(await ask({ MaxKeys: 0 })).toEqual([undefined, undefined, 0])
  })

  test('in pages gives each key once, a thousand at most at a time', async () => {
    const many = Array.from({ length: 2500 }, (_, n) => ({ key: `k${n}`, content }))
    await using lab = await s3Lab({ objects: many })
    const pages: number[] = []
    const seen = new Set<string>()
    for await (const page of paginateListObjectsV2({ client: lab.s3, pageSize: 5000 }, { Bucket: bucket })) {
      pages.push(page.KeyCount ?? 0)
      for (const one of page.Contents ?? []) seen.add(one.Key ?? '')
    }
    expect([pages, seen.size]).toEqual([[1000, 1000, 500], 2500])
  })

  test('of the older kind goes on by a marker, also behind a common prefix', async () => {
    await using lab = await s3Lab({ objects })
    const ask = (Marker?: string) =>
      lab.s3.send(new ListObjectsCommand({ Bucket: bucket, Delimiter: '/', MaxKeys: 2, Marker }))
    const first = await ask()
    expect([first.Contents?.map((one) => one.Key), first.CommonPrefixes, first.NextMarker]).toEqual([
      ['a'],
      [{ Prefix: 'b/' }],
      'b/',
    ])
    const second = await ask(first.NextMarker)
    expect([second.Contents?.map((one) => one.Key), second.IsTruncated]).toEqual([['d'], false])
  })

  test('refuses a token that it has not given, and what is no number', async () => {
    await using lab = await s3Lab({ objects })
    const ask = (more: object) => refusal(lab.s3.send(new ListObjectsV2Command({ Bucket: bucket, ...more })))
    expect(await ask({ ContinuationToken: 'x' })).toBe('InvalidArgument 400')
    expect(await ask({ MaxKeys: -1 })).toBe('InvalidArgument 400')
  })
})

const statement = (change: object) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${bucket}/b/*`,
  ...change,
})
const anybody = async (url: string, path: string) => (await fetch(`${url}/${bucket}${path}`)).status

describe('a policy', () => {
  test('lets anybody do what it allows, below its prefix and from its addresses', async () => {
    const inside = statement({ Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.0/8'] } } })
    await using lab = await s3Lab({ objects, policy: { Version: '2012-10-17', Statement: [inside] } })
    expect([
      await anybody(lab.cloud.s3, '/b/1'),
      await anybody(lab.cloud.s3, '/a'),
      await anybody(lab.cloud.s3, ''),
    ]).toEqual([200, 403, 403])
    await using other = await s3Lab(
      { objects, policy: { Statement: inside } },
      { sourceIps: { '127.0.0.1': '192.0.2.7' } },
    )
    expect(await anybody(other.cloud.s3, '/b/1')).toBe(403)
  })

  test('is all that a user without permissions of his own has', async () => {
    const lists = statement({
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': 'b/*' } },
    })
    await using lab = await s3Lab({ objects, policy: { Statement: [statement({}), lists] } }, { denied: ['s3:*'] })
    const get = (Key: string) => refusal(lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key })))
    const list = (Prefix?: string) => refusal(lab.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix })))
    expect([await get('b/1'), await get('a')]).toEqual(['none', 'AccessDenied 403'])
    expect([await list('b/c'), await list('a'), await list()]).toEqual(['none', 'AccessDenied 403', 'AccessDenied 403'])
    // Who may not list learns nothing of what is not there.
    expect(await get('b/none')).toBe('AccessDenied 403')
  })

  test('that denies goes before all permissions, and is named as the reason', async () => {
    const deny = { Effect: 'Deny', Action: 's3:Get*', Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }
    const policy = { Statement: [statement(deny)] }
    await using lab = await s3Lab({ objects, policy })
    const get = (Key: string) => lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    await expect(get('b/1')).rejects.toThrow(
      'User: arn:aws:iam::123456789012:user/operator is not authorized to perform: s3:GetObject on resource: ' +
        '"arn:aws:s3:::backups/b/1" with an explicit deny in a resource-based policy',
    )
    expect(await refusal(get('a'))).toBe('none')
    await using near = await s3Lab({ objects, policy }, { sourceIps: { '127.0.0.1': '192.0.2.7' } })
    expect(await refusal(near.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'b/1' })))).toBe('none')
  })

  test('of a bucket of another account is needed beside the own permissions', async () => {
    const foreign = { name: bucket, ownerId: '210987654321', objects }
    const policy = { Statement: statement({ Principal: { AWS: 'arn:aws:iam::123456789012:root' } }) }
    await using lab = await s3Lab({}, { buckets: [{ ...foreign, policy }] })
    const get = (Key: string) => refusal(lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key })))
    expect([await get('b/1'), await get('a')]).toEqual(['none', 'AccessDenied 403'])
  })

  test('is put, read and deleted; one that the lab does not understand is refused', async () => {
    await using lab = await s3Lab()
    const put = (policy: object) =>
      refusal(lab.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) })))
    const read = () => lab.s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))
    expect(await refusal(read())).toBe('NoSuchBucketPolicy 404')
    expect(await put({ Statement: statement({ Condition: { DateLessThan: { 'aws:CurrentTime': 'x' } } }) })).toBe(
      'MalformedPolicy 400',
    )
    expect(await put({ Statement: statement({ Resource: 'arn:aws:s3:::other/*' }) })).toBe('MalformedPolicy 400')
    expect(await put({ Statement: statement({}) })).toBe('none')
    expect((await read()).Policy).toContain('"Effect":"Allow"')
    await lab.s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))
    expect(await refusal(read())).toBe('NoSuchBucketPolicy 404')
  })
})

test("what is denied is refused in IAM's words", async () => {
  await using lab = await s3Lab({ objects }, { denied: ['s3:List*'] })
  await expect(lab.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).rejects.toThrow(
    'User: arn:aws:iam::123456789012:user/operator is not authorized to perform: s3:ListBucket on resource: ' +
      '"arn:aws:s3:::backups" because no identity-based policy allows the s3:ListBucket action',
  )
  expect(await refusal(lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a' })))).toBe('none')
})

test('an error is a document with code, words, resource and the ids that its headers have', async () => {
  await using lab = await s3Lab()
  const answer = await fetch(`${lab.cloud.s3}/none/a`)
  const text = await answer.text()
  const elements = ['Code', 'Message', 'Resource', 'RequestId', 'HostId'].map((name) => element(text, name))
  const ids = [answer.headers.get('x-amz-request-id'), answer.headers.get('x-amz-id-2')]
  expect(elements).toEqual(['NoSuchBucket', 'The specified bucket does not exist', '/none/a', ...ids])
  expect(answer.headers.get('content-type')).toBe('application/xml')
})

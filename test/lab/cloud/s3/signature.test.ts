import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { world } from '../helpers.ts'
import { bucket, element, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const hello = { objects: [{ key: 'a b', content: { text: 'hello' } }] }
const minutes = (count: number): number => count * 60_000
const { accessKeyId, secretAccessKey } = world
const list = () => new ListObjectsV2Command({ Bucket: bucket })
const presigned = ({ s3 }: S3Lab, Key = 'a b', expiresIn = 60) =>
  getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key }), { expiresIn })

/** The status of a plain request, and its code or, if it has none, its text. */
async function said(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, init)
  const text = await answer.text()
  return `${answer.status} ${element(text, 'Code') ?? text}`
}

// Not every machine knows the names below localhost.
const lookup: LookupFunction = (_, { all }, done) => {
  if (all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

describe('a signed request', () => {
  test.each([
    ['a wrong secret', { credentials: { accessKeyId, secretAccessKey: 'wrong' } }, 'SignatureDoesNotMatch 403'],
    [
      'an unknown key',
      { credentials: { accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey } },
      'InvalidAccessKeyId 403',
    ],
    [
      'a token that it has not',
      { credentials: { accessKeyId, secretAccessKey, sessionToken: 'x' } },
      'InvalidToken 400',
    ],
    ['a clock 16 minutes slow', { systemClockOffset: -minutes(16) }, 'RequestTimeTooSkewed 403'],
    ['a clock 16 minutes fast', { systemClockOffset: minutes(16) }, 'RequestTimeTooSkewed 403'],
    ['a clock 14 minutes slow', { systemClockOffset: -minutes(14) }, 'none'],
    ['what is no region', { region: 'nowhere' }, 'AuthorizationHeaderMalformed 400'],
  ])('with %s is answered so', async (_, config, expected) => {
    await using lab = await s3Lab(hello)
    expect(await refusal(lab.client(config).send(list()))).toBe(expected)
  })

  test('of temporary credentials has to carry their token, until they expire', async () => {
    const now = { at: new Date() }
    const change = { sessionToken: 'token', credentialsExpireAt: new Date(Date.now() + minutes(5)).toISOString() }
    await using lab = await s3Lab(hello, change, { clock: () => now.at })
    expect(await refusal(lab.s3.send(list()))).toBe('InvalidAccessKeyId 403')
    const client = lab.client({ credentials: { accessKeyId, secretAccessKey, sessionToken: 'token' } })
    expect(await refusal(client.send(list()))).toBe('none')
    now.at = new Date(Date.now() + minutes(6))
    expect(await refusal(client.send(list()))).toBe('ExpiredToken 400')
  })

  test('with a header of S3 that is not signed is refused', async () => {
    await using lab = await s3Lab(hello)
    lab.s3.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string> }
        request.headers['x-amz-acl'] = 'public-read'
        return next(args)
      },
      { step: 'finalizeRequest', name: 'later', priority: 'low' },
    )
    expect(await refusal(lab.s3.send(list()))).toBe('AccessDenied 403')
  })

  test('says what was signed there and here when it does not match', async () => {
    await using lab = await s3Lab(hello)
    const url = (await presigned(lab)).replace('X-Amz-Expires=60', 'X-Amz-Expires=61')
    const text = await (await fetch(url)).text()
    expect(element(text, 'Code')).toBe('SignatureDoesNotMatch')
    expect(element(text, 'CanonicalRequest')).toContain('X-Amz-Expires=61')
    expect(element(text, 'SignatureProvided')).toBe(new URL(url).searchParams.get('X-Amz-Signature'))
    expect(element(text, 'StringToSignBytes')).toMatch(/^41 57 53 34 2d /)
  })

  test('finds its bucket in the name of the host too', async () => {
    await using lab = await s3Lab(hello)
    const endpoint = lab.cloud.s3.replace('127.0.0.1', 'localhost')
    const virtual = lab.client({
      endpoint,
      forcePathStyle: false,
      requestHandler: { httpAgent: new Agent({ lookup }) },
    })
    const url = new URL(await getSignedUrl(virtual, new GetObjectCommand({ Bucket: bucket, Key: 'a b' })))
    expect(url.hostname).toBe('backups.localhost')
    const { Contents } = await virtual.send(list())
    expect(Contents?.map((one) => one.Key)).toEqual(['a b'])
  })

  test('of the older kind is told which one to take', async () => {
    await using lab = await s3Lab(hello)
    const headers = { authorization: 'AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=' }
    expect(await said(`${lab.cloud.s3}/${bucket}/a`, { headers })).toBe('400 InvalidRequest')
    expect(await said(`${lab.cloud.s3}/${bucket}/a?AWSAccessKeyId=x&Expires=1&Signature=y`)).toBe('400 InvalidRequest')
  })

  test('is logged without what signed it, and its secrets', async () => {
    await using lab = await s3Lab(hello)
    await fetch(await presigned(lab))
    expect(lab.cloud.log).toMatchObject([
      { service: 's3', action: 'GetObject', status: 200, code: null, parameters: { Bucket: bucket, Key: 'a b' } },
    ])
    expect(JSON.stringify(lab.cloud.log)).not.toMatch(/signature|AKIA/i)
  })
})

describe('a presigned URL', () => {
  test('is good without credentials, for what it was made for and nothing else', async () => {
    await using lab = await s3Lab({ objects: [...hello.objects, { key: 'b', content: { text: 'other' } }] })
    const url = await presigned(lab)
    expect(await said(url)).toBe('200 hello')
    expect(await said(url, { method: 'DELETE' })).toBe('403 SignatureDoesNotMatch')
    expect(await said(url.replace('a%20b', 'b'))).toBe('403 SignatureDoesNotMatch')
    expect(await said(`${url}&versionId=null`)).toBe('403 SignatureDoesNotMatch')
    expect(await said(url, { headers: { 'x-amz-acl': 'private' } })).toBe('403 AccessDenied')
  })

  test('is over after its time, and says when it was', async () => {
    const now = { at: new Date() }
    await using lab = await s3Lab(hello, {}, { clock: () => now.at })
    const url = await presigned(lab)
    now.at = new Date(Date.now() + 58_000)
    expect(await said(url)).toBe('200 hello')
    now.at = new Date(Date.now() + 62_000)
    const text = await (await fetch(url)).text()
    expect(text).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>')
    expect(element(text, 'X-Amz-Expires')).toBe('60')
    expect(Date.parse(element(text, 'ServerTime') ?? '')).toBe(Math.floor(now.at.getTime() / 1000) * 1000)
    now.at = new Date(Date.now() - minutes(16))
    expect(await said(url)).toBe('403 AccessDenied')
  })

  test.each([
    ['a signature cut short', /X-Amz-Signature=\w\w/, 'X-Amz-Signature=', '403 SignatureDoesNotMatch'],
    ['no date', /X-Amz-Date=[^&]*&/, '', '400 AuthorizationQueryParametersError'],
    ['more than a week', 'X-Amz-Expires=60', 'X-Amz-Expires=604801', '400 AuthorizationQueryParametersError'],
    ['no span of time', 'X-Amz-Expires=60', 'X-Amz-Expires=x', '400 AuthorizationQueryParametersError'],
    ['another service', '%2Fs3%2F', '%2Fec2%2F', '400 AuthorizationQueryParametersError'],
    ['a wrong scope', '%2Faws4_request', '', '400 AuthorizationQueryParametersError'],
    ['another algorithm', 'AWS4-HMAC-SHA256', 'AWS5', '400 AuthorizationQueryParametersError'],
  ])('with %s is refused', async (_, from, to, expected) => {
    await using lab = await s3Lab(hello)
    const url = await presigned(lab)
    const changed = url.replace(from, to)
    expect(changed).not.toBe(url)
    expect(await said(changed)).toBe(expected)
  })

  test('together with a header that signs is refused', async () => {
    await using lab = await s3Lab(hello)
    expect(await said(await presigned(lab), { headers: { authorization: 'AWS4-HMAC-SHA256 x' } })).toBe(
      '400 InvalidArgument',
    )
  })

  test('takes an upload, and what the answer is to say', async () => {
    await using lab = await s3Lab()
    const put = await getSignedUrl(lab.s3, new PutObjectCommand({ Bucket: bucket, Key: 'up' }), { expiresIn: 60 })
    expect(await said(put, { method: 'PUT', body: 'hello' })).toBe('200 ')
    const get = new GetObjectCommand({
      Bucket: bucket,
      Key: 'up',
      ResponseContentDisposition: 'attachment; filename="ü"',
    })
    const answer = await fetch(await getSignedUrl(lab.s3, get))
    expect(Buffer.from(answer.headers.get('content-disposition') ?? '', 'latin1').toString()).toBe(
      'attachment; filename="ü"',
    )
  })

  test('is good for any key, and for no other one', async () => {
    await using lab = await s3Lab()
    const key = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((one) => one.isWellFormed() && !one.split('/').some((part) => part === '.' || part === '..'))
    await fc.assert(
      fc.asyncProperty(key, async (Key) => {
        expect(await said(await presigned(lab, Key))).toBe('404 NoSuchKey')
        const other = (await presigned(lab, Key)).replace(
          /(&X-Amz-Signature=)(.)/,
          (_, name: string, sign: string) => `${name}${sign === '0' ? '1' : '0'}`,
        )
        expect(await said(other)).toBe('403 SignatureDoesNotMatch')
      }),
      { numRuns: 50 },
    )
  })
})

describe("a region that isn't the bucket's", () => {
  const far = { buckets: [{ name: bucket, region: 'us-west-2', objects: hello.objects }] }

  test('is answered by 301 and the right one, to HEAD in a header only', async () => {
    await using lab = await s3Lab({}, far)
    const url = await getSignedUrl(lab.s3, new GetObjectCommand({ Bucket: bucket, Key: 'a b' }))
    const answer = await fetch(url, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('x-amz-bucket-region')]).toEqual([301, 'us-west-2'])
    const text = await answer.text()
    expect(element(text, 'Code')).toBe('PermanentRedirect')
    expect(element(text, 'Endpoint')).toBe(new URL(lab.cloud.s3).host)
    const head = await fetch(`${lab.cloud.s3}/${bucket}`, { method: 'HEAD' })
    expect([head.status, head.headers.get('x-amz-bucket-region')]).toEqual([403, 'us-west-2'])
  })

  test('is followed by a client that does so', async () => {
    await using lab = await s3Lab({}, far)
    expect(await refusal(lab.s3.send(list()))).toBe('PermanentRedirect 301')
    const following = lab.client({ followRegionRedirects: true })
    expect((await following.send(list())).KeyCount).toBe(1)
  })

  test('does not matter for the list of buckets', async () => {
    await using lab = await s3Lab({}, far)
    const { Buckets } = await lab.s3.send(new ListBucketsCommand({}))
    expect(Buckets).toMatchObject([{ Name: bucket, BucketRegion: 'us-west-2' }])
  })
})

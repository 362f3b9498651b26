import { createHash } from 'node:crypto'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucket, filesOf, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const put = (lab: S3Lab, Key: string, Body: string | Buffer, more: object = {}) =>
  lab.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }))

async function text({ s3 }: S3Lab, Key: string, more: object = {}): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }))
  return Body?.transformToString()
}

const hello = { objects: [{ key: 'a', content: { text: 'hello world' } }] }

describe('an object that is put', () => {
  test('comes back with its bytes, its MD5 as ETag, and what was said of it', async () => {
    await using lab = await s3Lab()
    const said = {
      ContentType: 'text/plain',
      ContentEncoding: 'gzip',
      CacheControl: 'no-cache',
      Metadata: { who: 'night shift', mark: 'ü' },
      StorageClass: 'STANDARD_IA' as const,
    }
    const md5 = createHash('md5').update('hello').digest('hex')
    expect(await put(lab, 'x', 'hello', said)).toMatchObject({ ETag: `"${md5}"` })
    const found = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'x' }))
    expect(found).toMatchObject({ ContentType: 'text/plain', ContentEncoding: 'gzip', CacheControl: 'no-cache' })
    expect(found).toMatchObject({ StorageClass: 'STANDARD_IA', ContentLength: 5, ETag: `"${md5}"` })
    expect(found.Metadata?.['who']).toBe('night shift')
    expect(Buffer.from(found.Metadata?.['mark'] ?? '', 'latin1').toString()).toBe('ü')
    expect(await found.Body?.transformToString()).toBe('hello')
  })

  test('is kept on disk when it is large, and its file goes with it', async () => {
    await using lab = await s3Lab()
    const large = Buffer.alloc(1_000_000, 'x')
    await put(lab, 'x', large)
    expect(await filesOf(lab)).toHaveLength(1)
    await put(lab, 'x', Buffer.alloc(1_000_000, 'y'))
    expect(await filesOf(lab)).toHaveLength(1)
    await lab.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy', CopySource: `${bucket}/x` }))
    await lab.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'x' }))
    expect((await text(lab, 'copy'))?.slice(-3)).toBe('yyy')
    await lab.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'copy' }))
    expect(await filesOf(lab)).toEqual([])
  })

  test('is there under any key, in a listing too, until it is deleted by that', async () => {
    await using lab = await s3Lab()
    const key = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom(...Array.from('/+ %.?&#;=\\\'"<>\r\n\u0001~!()*ü日😀')),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        minLength: 1,
        maxLength: 20,
      })
      .filter((one) => one.isWellFormed() && Buffer.byteLength(one) <= 1024 && !one.includes('\0'))
      // The SDK's URL, as any, resolves segments of dots.
      .filter((one) => !one.split('/').some((part) => part === '.' || part === '..'))
    await fc.assert(
      fc.asyncProperty(key, async (Key) => {
        await put(lab, Key, `body of ${Key}`)
        expect(await text(lab, Key)).toBe(`body of ${Key}`)
        const listed = await lab.s3.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }))
        expect(listed.Contents?.map((one) => decodeURIComponent((one.Key ?? '').replaceAll('+', ' ')))).toEqual([Key])
        const deleted = await lab.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key }] } }))
        expect(deleted.Errors ?? []).toEqual([])
        expect(await refusal(text(lab, Key))).toBe('NoSuchKey 404')
      }),
      { numRuns: 60 },
    )
  })

  test('is not written over under a condition that does not hold', async () => {
    await using lab = await s3Lab(hello)
    expect(await refusal(put(lab, 'a', 'x', { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412')
    expect(await refusal(put(lab, 'a', 'x', { IfMatch: '"0123"' }))).toBe('PreconditionFailed 412')
    expect(await refusal(put(lab, 'b', 'x', { IfMatch: '"0123"' }))).toBe('NoSuchKey 404')
    expect(await refusal(put(lab, 'b', 'x', { IfNoneMatch: '*' }))).toBe('none')
    expect(await text(lab, 'a')).toBe('hello world')
  })

  test('may not have a key of more than 1024 bytes, nor more than 2 KiB of metadata', async () => {
    await using lab = await s3Lab()
    expect(await refusal(put(lab, 'ü'.repeat(512), 'x'))).toBe('none')
    expect(await refusal(put(lab, `${'ü'.repeat(512)}x`, 'x'))).toBe('KeyTooLongError 400')
    expect(await refusal(put(lab, 'x', 'x', { Metadata: { a: 'x'.repeat(2048) } }))).toBe('MetadataTooLarge 400')
  })

  test('can be asked for no encryption that the lab has not', async () => {
    await using lab = await s3Lab()
    expect(await refusal(put(lab, 'x', 'x', { ServerSideEncryption: 'aws:kms' }))).toBe('NotImplemented 501')
    expect(await refusal(put(lab, 'x', 'x', { ServerSideEncryption: 'AES256' }))).toBe('none')
  })
})

describe('reading', () => {
  test.each([
    ['bytes=0-4', 'hello', 'bytes 0-4/11'],
    ['bytes=6-', 'world', 'bytes 6-10/11'],
    ['bytes=-5', 'world', 'bytes 6-10/11'],
    ['bytes=-99', 'hello world', 'bytes 0-10/11'],
    ['bytes=4-99', 'o world', 'bytes 4-10/11'],
    ['bytes=5-4', 'hello world', undefined],
    ['bytes=0-1,3-4', 'hello world', undefined],
    ['lines=1-2', 'hello world', undefined],
  ])('the range %s gives what it names', async (Range, expected, ContentRange) => {
    await using lab = await s3Lab(hello)
    const found = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a', Range }))
    expect(await found.Body?.transformToString()).toBe(expected)
    expect([found.ContentRange, found.$metadata.httpStatusCode]).toEqual([ContentRange, ContentRange ? 206 : 200])
  })

  test('a range behind the end is not satisfiable', async () => {
    await using lab = await s3Lab(hello)
    expect(await refusal(text(lab, 'a', { Range: 'bytes=11-' }))).toBe('InvalidRange 416')
    expect(await refusal(text(lab, 'a', { Range: 'bytes=-0' }))).toBe('InvalidRange 416')
  })

  test('goes by its conditions, of which an ETag goes before a date', async () => {
    await using lab = await s3Lab({ objects: [{ ...hello.objects[0]!, lastModified: '2026-11-20T10:00:00Z' }] })
    const { ETag: etag = '' } = await lab.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }))
    const [before, after] = [new Date('2026-11-20T09:59:59Z'), new Date('2026-11-20T10:00:01Z')]
    const ask = (conditions: object) => refusal(text(lab, 'a', conditions))
    expect(await ask({ IfMatch: etag })).toBe('none')
    expect(await ask({ IfMatch: '"other"' })).toBe('PreconditionFailed 412')
    expect(await ask({ IfNoneMatch: etag })).toMatch(/ 304$/)
    expect(await ask({ IfNoneMatch: '"other"' })).toBe('none')
    expect(await ask({ IfModifiedSince: after })).toMatch(/ 304$/)
    expect(await ask({ IfModifiedSince: before })).toBe('none')
    expect(await ask({ IfUnmodifiedSince: before })).toBe('PreconditionFailed 412')
    expect(await ask({ IfUnmodifiedSince: before, IfMatch: etag })).toBe('none')
    expect(await ask({ IfModifiedSince: after, IfNoneMatch: '"other"' })).toBe('none')
  })

  test('a made-up object of any size costs only the range that is read, which is always the same', async () => {
    const content = { sizeBytes: 5 * 1024 ** 4, seed: 'x' }
    await using lab = await s3Lab({ objects: [{ key: 'huge', content }] })
    const range = async (Range: string) => {
      const { Body } = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'huge', Range }))
      return Buffer.from((await Body?.transformToByteArray()) ?? [])
    }
    const whole = await range('bytes=4000000000000-4000000199999')
    expect(whole).toHaveLength(200_000)
    expect(await range('bytes=4000000070001-4000000140003')).toEqual(whole.subarray(70_001, 140_004))
    expect((await range('bytes=-3')).length).toBe(3)
  })

  test('of what the world gives as a file gives that file, which stays as it is', async () => {
    await using outer = await s3Lab()
    await put(outer, 'x', Buffer.alloc(100_000, 'z'))
    const [name = ''] = await filesOf(outer)
    const path = `${outer.dir}/disks/s3/${name}`
    await using lab = await s3Lab({ objects: [{ key: 'x', content: { path } }] })
    expect((await text(lab, 'x'))?.length).toBe(100_000)
    await lab.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'x' }))
    expect(await filesOf(outer)).toEqual([name])
  })
})

describe('copying', () => {
  test('takes metadata along, or replaces it', async () => {
    await using lab = await s3Lab()
    await put(lab, 'a b+ü', 'hello', { Metadata: { one: '1' } })
    const copy = (Key: string, more: object = {}) =>
      lab.s3.send(
        new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${encodeURIComponent('a b+ü')}`, ...more }),
      )
    await copy('kept')
    await copy('new', { MetadataDirective: 'REPLACE', Metadata: { two: '2' } })
    const metadata = async (Key: string) => (await lab.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).Metadata
    expect([await metadata('kept'), await metadata('new')]).toEqual([{ one: '1' }, { two: '2' }])
  })

  test('of an object onto itself has to change something', async () => {
    await using lab = await s3Lab(hello)
    const copy = { Bucket: bucket, Key: 'a', CopySource: `${bucket}/a` }
    expect(await refusal(lab.s3.send(new CopyObjectCommand(copy)))).toBe('InvalidRequest 400')
    expect(await refusal(lab.s3.send(new CopyObjectCommand({ ...copy, StorageClass: 'STANDARD_IA' })))).toBe('none')
  })
})

test('what KMS keeps from the reader is refused in its words', async () => {
  const content = { text: 'x' }
  await using lab = await s3Lab({
    objects: [
      { key: 'denied', content, kms: 'denied' },
      { key: 'disabled', content, kms: 'error' },
      { key: 'allowed', content, kms: 'allowed' },
    ],
  })
  await expect(text(lab, 'denied')).rejects.toThrow(
    /is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:/,
  )
  expect(await refusal(text(lab, 'disabled'))).toBe('KMS.DisabledException 400')
  expect(await text(lab, 'allowed')).toBe('x')
})

import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { bucketRegion, headObject, listObjects, listUploads, listVersions } from '../../../../src/remote/aws/s3.ts'
import { world } from '../../../lab/cloud/helpers.ts'
import { endpoints, forEach, oddKeys, placeAt, type Place } from './endpoints.ts'

const byBytes = (keys: readonly string[]): string[] =>
  keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

const keysIn = async ({ aws, bucket }: Place, prefix: string): Promise<string[]> =>
  (await aws.send(listObjects(bucket, prefix))).map(({ key }) => key)

/** More than a page of them, each of which is another one when it is decoded once too often. */
const manyKeys = byBytes(Array.from({ length: 1100 }, (_, n) => `d/${String(n).padStart(5, '0')} %20+%\n`))

describe.each(endpoints)('a listing of $name', (endpoint) => {
  it('has every object of every page once, in the order of bytes', async () => {
    await using at = await placeAt(endpoint)
    await forEach([...manyKeys, 'other'], (key) => at.put(key, 'x'))
    expect(await keysIn(at, 'd/')).toEqual(manyKeys)
    expect(await keysIn(at, '')).toEqual([...manyKeys, 'other'])
    expect(await keysIn(at, 'd/0109')).toEqual(manyKeys.slice(1090))
  })

  it('gives odd keys as they are, with and without versions', async () => {
    await using at = await placeAt(endpoint)
    await forEach(oddKeys, (key) => at.put(key, key))
    expect(await keysIn(at, '')).toEqual(byBytes(oddKeys))
    const { versions } = await at.aws.send(listVersions(at.bucket, ''))
    expect(versions.map(({ key }) => key)).toEqual(byBytes(oddKeys))
    for (const key of oddKeys) {
      expect(await keysIn(at, key)).toContain(key)
      expect(await at.aws.send(headObject(at.bucket, key))).toMatchObject({ sizeBytes: Buffer.byteLength(key) })
    }
  })

  it('tells of each object what the program goes by', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'hello')
    expect(await at.aws.send(listObjects(at.bucket, ''))).toEqual([
      {
        key: 'a',
        sizeBytes: 5,
        etag: '5d41402abc4b2a76b9719d911017c592',
        modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as unknown,
        storageClass: 'STANDARD',
        copy: null,
      },
    ])
  })

  it('of a prefix that nothing has is empty', async () => {
    await using at = await placeAt(endpoint)
    expect(await keysIn(at, '')).toEqual([])
    await at.put('a/b', 'x')
    expect(await keysIn(at, 'a/b/')).toEqual([])
    expect(await at.aws.send(listVersions(at.bucket, 'c'))).toEqual({ versions: [], markers: [] })
  })

  it('has what is below a delimiter once, over all pages', async () => {
    await using at = await placeAt(endpoint)
    await forEach(['p/1', 'p/a +/1', 'p/a +/2', 'p/a +/3', 'p/b', 'p/%/1', 'p/%/2', 'q/'], (key) => at.put(key, 'x'))
    const pages: unknown[] = []
    for (let token: string | undefined, more = true; more;) {
      const asked = { Bucket: at.bucket, Prefix: 'p/', Delimiter: '/', EncodingType: 'url' as const, MaxKeys: 1 }
      const page = await at.s3.send(
        new ListObjectsV2Command({ ...asked, ...(token === undefined ? {} : { ContinuationToken: token }) }),
      )
      const found = [...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix), page.Contents?.[0]?.Key]
      pages.push(
        ...found.filter((each) => each !== undefined).map((each) => decodeURIComponent(each.replace('+', ' '))),
      )
      token = page.NextContinuationToken
      more = page.IsTruncated === true
    }
    expect(pages).toEqual(['p/%/', 'p/1', 'p/a +/', 'p/b'])
  })

  it('has every version and delete marker of every page once', async () => {
    await using at = await placeAt(endpoint)
    await at.s3.send(
      new PutBucketVersioningCommand({ Bucket: at.bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    )
    await forEach(manyKeys, (key) => at.put(key, 'x'))
    // The first page ends among these.
    const gone = manyKeys.slice(980, 1010)
    await forEach(gone, (key) => at.s3.send(new DeleteObjectCommand({ Bucket: at.bucket, Key: key })))
    const { versions, markers } = await at.aws.send(listVersions(at.bucket, 'd/'))
    expect(versions.map(({ key }) => key)).toEqual(manyKeys)
    expect(markers.map(({ key }) => key)).toEqual(gone)
    expect(versions.filter(({ isLatest }) => !isLatest).map(({ key }) => key)).toEqual(gone)
  })

  it('has every upload of every page that was begun and not ended', async () => {
    await using at = await placeAt(endpoint)
    await forEach(manyKeys, (key) => at.s3.send(new CreateMultipartUploadCommand({ Bucket: at.bucket, Key: key })))
    const uploads = await at.aws.send(listUploads(at.bucket, 'd/'))
    expect(uploads.map(({ key }) => key)).toEqual(manyKeys)
    expect(uploads[0]?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  })

  it('is found in whichever region the program is, and says where the bucket is', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'x')
    const elsewhere = await at.inRegion('us-west-2')
    expect(await elsewhere.send(listObjects(at.bucket, ''))).toHaveLength(1)
    // RGW's own: it answers in any region, and names none. The program goes on with its own then.
    const region = endpoint.isRgw ? null : world.region
    expect(await elsewhere.send(bucketRegion(at.bucket))).toEqual({ region, refused: false })
    const url = await elsewhere.presignGet(at.get('a', { region: region ?? 'us-west-2' }), 60)
    expect(await (await fetch(url)).text()).toBe('x')
  })
})

import { createHash } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { headObject, listObjects, listVersions, partSize } from '../../../../src/remote/aws/s3.ts'
import { refusal } from '../../../lab/cloud/s3/helpers.ts'
import { thrownBy } from '../thrown-by.ts'
import { endpoints, placeAt, type Place } from './endpoints.ts'

const md5 = (...all: readonly Uint8Array[]): Buffer => {
  const hash = createHash('md5')
  for (const each of all) hash.update(each)
  return hash.digest()
}

const keepVersions = ({ s3, bucket }: Place, Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }))

const text = async (at: Place, key: string, versionId: string | null): Promise<string> =>
  Buffer.from(await at.aws.getPart(at.get(key, { versionId }))).toString()

describe.each(endpoints)('an object of $name', (endpoint) => {
  const { isRgw } = endpoint

  it('in parts has the MD5 of the MD5s of its parts, and how many there are, as its ETag', async () => {
    await using at = await placeAt(endpoint)
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 'first '), Buffer.from('the rest')]
    const object = { Bucket: at.bucket, Key: 'parts' }
    const { UploadId } = await at.s3.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' }))
    const Parts = []
    for (const [n, Body] of bodies.entries()) {
      const part = { ...object, UploadId, PartNumber: n + 1, Body }
      const { ETag, ChecksumCRC32 } = await at.s3.send(new UploadPartCommand(part))
      Parts.push({ PartNumber: n + 1, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) })
    }
    await at.s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }))
    const etag = `${md5(...bodies.map((each) => md5(each))).toString('hex')}-2`
    expect(await at.aws.send(listObjects(at.bucket, ''))).toMatchObject([{ etag, sizeBytes: 5_242_888 }])
    const head = await at.aws.send(headObject(at.bucket, 'parts'))
    expect(head).toMatchObject({ etag, sizeBytes: 5_242_888 })
    // RGW's own, before Ceph 20: it keeps no checksums but ETags.
    const composite = { algorithm: 'CRC32', type: 'COMPOSITE', value: expect.stringMatching(/^\S+-2$/) as unknown }
    expect(head.checksum).toEqual(isRgw ? null : composite)
    expect(await text(at, 'parts', null)).toBe(Buffer.concat(bodies).toString())
    const sizes = [1, 2].map((part) => at.aws.send(partSize(at.bucket, 'parts', null, part)))
    // RGW's own, before Ceph 18: it knows of no parts, and says how large all of it is.
    expect(await Promise.all(sizes)).toEqual(isRgw ? [5_242_888, 5_242_888] : [5_242_880, 8])
  })

  it('has the checksum that it was uploaded with, and is refused where that is wrong', async () => {
    await using at = await placeAt(endpoint)
    await at.s3.send(new PutObjectCommand({ Bucket: at.bucket, Key: 'a', Body: 'hello', ChecksumAlgorithm: 'SHA256' }))
    const sha256 = createHash('sha256').update('hello').digest('base64')
    const { checksum, etag } = await at.aws.send(headObject(at.bucket, 'a'))
    // RGW's own, as above.
    expect(checksum).toEqual(isRgw ? null : { algorithm: 'SHA256', type: 'FULL_OBJECT', value: sha256 })
    expect(etag).toBe(md5(Buffer.from('hello')).toString('hex'))
    const wrong = { Bucket: at.bucket, Key: 'b', Body: 'hello', ContentMD5: md5(Buffer.from('x')).toString('base64') }
    expect(await refusal(at.s3.send(new PutObjectCommand(wrong)))).toBe('BadDigest 400')
  })

  it('is there in each of its versions, until it is deleted and after that', async () => {
    await using at = await placeAt(endpoint)
    await at.put('a', 'before versions')
    await keepVersions(at, 'Enabled')
    for (const body of ['old', 'newer']) await at.put('a', body)
    await at.s3.send(new DeleteObjectCommand({ Bucket: at.bucket, Key: 'a' }))
    expect(await at.aws.send(listObjects(at.bucket, ''))).toEqual([])
    expect(await thrownBy(at.aws.send(headObject(at.bucket, 'a')))).toMatchObject({ code: 'NoSuchKey' })
    const { versions, markers } = await at.aws.send(listVersions(at.bucket, 'a'))
    expect(markers).toMatchObject([{ key: 'a', isLatest: true }])
    expect(versions.map(({ sizeBytes, isLatest }) => [sizeBytes, isLatest])).toEqual([
      [5, false],
      [3, false],
      [15, false],
    ])
    const contents = await Promise.all(versions.map(({ versionId }) => text(at, 'a', versionId)))
    expect(contents).toEqual(['newer', 'old', 'before versions'])
    expect(versions.at(-1)?.versionId).toBe('null')
    for (const { versionId, sizeBytes, etag } of versions)
      expect(await at.aws.send(headObject(at.bucket, 'a', versionId))).toMatchObject({ versionId, sizeBytes, etag })
    // RGW's own: AWS answers 405.
    const marker = await thrownBy(at.aws.send(headObject(at.bucket, 'a', markers[0]?.versionId ?? '')))
    expect(marker).toMatchObject({ name: 'AwsError', code: isRgw ? 'NoSuchKey' : 'MethodNotAllowed' })
  })

  it('is written over under the version null while versions are suspended', async () => {
    await using at = await placeAt(endpoint)
    await keepVersions(at, 'Enabled')
    await at.put('a', 'kept')
    await keepVersions(at, 'Suspended')
    for (const body of ['written over', 'is there']) await at.put('a', body)
    const { versions } = await at.aws.send(listVersions(at.bucket, ''))
    expect(versions.map(({ versionId, isLatest }) => [versionId === 'null', isLatest])).toEqual([
      [true, true],
      [false, false],
    ])
    expect(await Promise.all(versions.map(({ versionId }) => text(at, 'a', versionId)))).toEqual(['is there', 'kept'])
    expect(await text(at, 'a', null)).toBe('is there')
  })
})

import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { CompletedPart, CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { checksumOf } from '../../../../src/lab/cloud/s3/checksums.ts'
import { bucket, filesOf, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const MiB = 1024 ** 2
const first = Buffer.alloc(5 * MiB, 'one ')
const second = Buffer.alloc(1000, 'two ')
const target = { Bucket: bucket, Key: 'a' }

async function begin({ s3 }: S3Lab, more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> {
  const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ ...target, ...more }))
  return UploadId
}

async function part(
  { s3 }: S3Lab,
  UploadId: string,
  PartNumber: number,
  Body: Buffer,
  more: object = {},
): Promise<CompletedPart> {
  const { $metadata: _, ...made } = await s3.send(
    new UploadPartCommand({ ...target, UploadId, PartNumber, Body, ...more }),
  )
  return { PartNumber, ...made }
}

const complete = ({ s3 }: S3Lab, UploadId: string, Parts: CompletedPart[], more: object = {}) =>
  s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts }, ...more }))

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()

const quiet = (lab: S3Lab): S3Lab => ({ ...lab, s3: lab.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }) })

test('parts become one object, whose ETag is the MD5 of their MD5s and their number', async () => {
  await using lab = await s3Lab()
  const id = await begin(lab, { Metadata: { who: 'me' } })
  const parts = [await part(lab, id, 2, first), await part(lab, id, 7, second)]
  const made = await complete(lab, id, parts)
  expect(made.ETag).toBe(`"${md5(Buffer.concat([md5(first), md5(second)])).toString('hex')}-2"`)
  const { Body, Metadata } = await lab.s3.send(new GetObjectCommand(target))
  expect(Metadata).toEqual({ who: 'me' })
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(Buffer.concat([first, second]))).toBe(true)
  const one = await lab.s3.send(new GetObjectCommand({ ...target, PartNumber: 2 }))
  expect([one.PartsCount, one.ContentRange, await one.Body?.transformToString()]).toEqual([
    2,
    `bytes ${5 * MiB}-${5 * MiB + 999}/${5 * MiB + 1000}`,
    second.toString(),
  ])
  expect(await refusal(lab.s3.send(new GetObjectCommand({ ...target, PartNumber: 3 })))).toMatch(/ 416$/)
})

test.each(['CRC32', 'CRC32C', 'SHA256'] as const)(
  '%s of parts is composite: that of their checksums',
  async (algorithm) => {
    await using lab = await s3Lab()
    const id = await begin(lab, { ChecksumAlgorithm: algorithm })
    const parts = [
      await part(lab, id, 1, first, { ChecksumAlgorithm: algorithm }),
      await part(lab, id, 2, second, { ChecksumAlgorithm: algorithm }),
    ]
    const bytes = Buffer.concat([first, second].map((one) => checksumOf(algorithm, one)))
    const expected = `${checksumOf(algorithm, bytes).toString('base64')}-2`
    expect(await complete(lab, id, parts)).toMatchObject({
      [`Checksum${algorithm}`]: expected,
      ChecksumType: 'COMPOSITE',
    })
    const found = await lab.s3.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }))
    expect(found).toMatchObject({ [`Checksum${algorithm}`]: expected, ChecksumType: 'COMPOSITE' })
  },
)

test.each(['CRC32', 'CRC64NVME'] as const)('%s can be that of the whole', async (algorithm) => {
  await using lab = await s3Lab()
  const id = await begin(lab, { ChecksumAlgorithm: algorithm, ChecksumType: 'FULL_OBJECT' })
  const parts = [
    await part(lab, id, 1, first, { ChecksumAlgorithm: algorithm }),
    await part(lab, id, 2, second, { ChecksumAlgorithm: algorithm }),
  ]
  const name = `Checksum${algorithm}`
  const whole = checksumOf(algorithm, Buffer.concat([first, second])).toString('base64')
  const wrong = checksumOf(algorithm, first).toString('base64')
  expect(await refusal(complete(lab, id, parts, { [name]: wrong, ChecksumType: 'FULL_OBJECT' }))).toBe('BadDigest 400')
  const made = await complete(lab, id, parts, { [name]: whole, ChecksumType: 'FULL_OBJECT' })
  expect(made).toMatchObject({ [name]: whole, ChecksumType: 'FULL_OBJECT' })
})

test('no checksum asked for becomes the CRC64NVME of the whole', async () => {
  await using lab = await s3Lab()
  const plain = quiet(lab)
  const id = await begin(plain)
  await complete(plain, id, [await part(plain, id, 1, second)])
  const found = await lab.s3.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }))
  expect(found.ChecksumCRC64NVME).toBe(checksumOf('CRC64NVME', second).toString('base64'))
})

test('a completion has to name what is there, in order, large enough, and with its checksums', async () => {
  await using lab = await s3Lab()
  const id = await begin(lab, { ChecksumAlgorithm: 'SHA256' })
  const [one, two] = [
    await part(lab, id, 1, second, { ChecksumAlgorithm: 'SHA256' }),
    await part(lab, id, 2, second, { ChecksumAlgorithm: 'SHA256' }),
  ]
  const ask = (...parts: CompletedPart[]) => refusal(complete(lab, id, parts))
  expect(await ask(two, one)).toBe('InvalidPartOrder 400')
  expect(await ask({ ...one, ETag: '"0123"' })).toBe('InvalidPart 400')
  expect(await ask({ ...one, PartNumber: 3 })).toBe('InvalidPart 400')
  expect(await ask({ ...one, ChecksumSHA256: checksumOf('SHA256', first).toString('base64') })).toBe('InvalidPart 400')
  expect(await ask({ PartNumber: 1, ETag: one.ETag })).toBe('InvalidRequest 400')
  expect(await ask(one, two)).toBe('EntityTooSmall 400')
  expect(await refusal(complete(lab, id, [one], { MpuObjectSize: 7 }))).toBe('InvalidRequest 400')
  expect(await ask(one)).toBe('none')
  expect(await ask(one)).toBe('NoSuchUpload 404')
})

test('uploads and their parts are listed, and an abort leaves nothing', async () => {
  await using lab = await s3Lab()
  const id = await begin(lab)
  const other = await begin(lab, { Key: 'b' })
  await part(lab, id, 1, first)
  await part(lab, id, 1, first)
  await part(lab, id, 2, first)
  const { Parts } = await lab.s3.send(new ListPartsCommand({ ...target, UploadId: id }))
  expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 5 * MiB],
    [2, 5 * MiB],
  ])
  const page = await lab.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: 1 }))
  expect(page).toMatchObject({
    IsTruncated: true,
    NextKeyMarker: 'a',
    NextUploadIdMarker: id,
    Uploads: [{ UploadId: id }],
  })
  const next = { Bucket: bucket, KeyMarker: 'a', UploadIdMarker: id }
  const rest = await lab.s3.send(new ListMultipartUploadsCommand(next))
  expect(rest).toMatchObject({ IsTruncated: false, Uploads: [{ UploadId: other, Key: 'b' }] })
  expect(await filesOf(lab)).toHaveLength(2)
  await lab.s3.send(new AbortMultipartUploadCommand({ ...target, UploadId: id }))
  expect(await filesOf(lab)).toEqual([])
  expect(await refusal(part(lab, id, 3, second))).toBe('NoSuchUpload 404')
})

test('a part can be a range of another object', async () => {
  await using lab = await s3Lab({ objects: [{ key: 'source', content: { text: 'hello world' } }] })
  const id = await begin(quiet(lab))
  const copy = (CopySourceRange: string) =>
    lab.s3.send(
      new UploadPartCopyCommand({
        ...target,
        UploadId: id,
        PartNumber: 1,
        CopySource: `${bucket}/source`,
        CopySourceRange,
      }),
    )
  expect(await refusal(copy('bytes=0-11'))).toBe('InvalidArgument 400')
  const { CopyPartResult } = await copy('bytes=6-10')
  await complete(lab, id, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }])
  const { Body } = await lab.s3.send(new GetObjectCommand(target))
  expect(await Body?.transformToString()).toBe('world')
})

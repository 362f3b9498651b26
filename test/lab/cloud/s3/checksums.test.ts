import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { ChecksumAlgorithm } from '@aws-sdk/client-s3'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { algorithms, checksum, checksumOf } from '../../../../src/lab/cloud/s3/checksums.ts'
import { bucket, filesOf, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

/** A reflected CRC, bit by bit. */
function naive(bytes: Uint8Array, polynomial: bigint, width: bigint): bigint {
  const ones = (1n << width) - 1n
  let value = ones
  for (const byte of bytes) {
    value ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
  }
  return value ^ ones
}

const hex = (value: bigint, width: bigint): string => value.toString(16).padStart(Number(width / 4n), '0')

describe('a checksum', () => {
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
  ] as const)('%s has its check value', (algorithm, expected) => {
    expect(checksumOf(algorithm, Buffer.from('123456789')).toString('hex')).toBe(expected)
  })

  test.each([
    ['CRC32', 0xedb88320n, 32n],
    ['CRC32C', 0x82f63b78n, 32n],
    ['CRC64NVME', 0x9a6c9329ac4bc9b5n, 64n],
  ] as const)('%s is what its polynomial says, however the bytes come', (algorithm, polynomial, width) => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 })
    fc.assert(
      fc.property(pieces, (all) => {
        const sum = checksum(algorithm)
        for (const bytes of all) sum.update(bytes)
        expect(sum.digest().toString('hex')).toBe(hex(naive(Buffer.concat(all), polynomial, width), width))
      }),
    )
  })
})

const body = 'hello world'
const valueOf = (algorithm: (typeof algorithms)[number], of = body) =>
  checksumOf(algorithm, Buffer.from(of)).toString('base64')
const md5 = (of: string) => createHash('md5').update(of).digest('base64')
const put = ({ s3 }: S3Lab, more: object) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: body, ...more }))

describe('an object put', () => {
  test.each(algorithms)('with %s keeps it, and says it to who asks', async (algorithm) => {
    await using lab = await s3Lab()
    const name = `Checksum${algorithm}`
    expect(await put(lab, { ChecksumAlgorithm: algorithm as ChecksumAlgorithm })).toMatchObject({
      [name]: valueOf(algorithm),
    })
    const asked = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a', ChecksumMode: 'ENABLED' }))
    expect(asked).toMatchObject({ [name]: valueOf(algorithm), ChecksumType: 'FULL_OBJECT' })
    expect(await asked.Body?.transformToString()).toBe(body)
    const unasked = await lab
      .client({ responseChecksumValidation: 'WHEN_REQUIRED' })
      .send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(unasked).not.toHaveProperty(name)
  })

  test.each(algorithms)('with a wrong %s is refused and leaves nothing', async (algorithm) => {
    await using lab = await s3Lab()
    const large = Buffer.alloc(100_000)
    const wrong = { [`Checksum${algorithm}`]: valueOf(algorithm, 'other'), Body: large }
    expect(await refusal(put(lab, wrong))).toBe('BadDigest 400')
    expect(await refusal(put(lab, { [`Checksum${algorithm}`]: 'AAA=' }))).toBe('InvalidRequest 400')
    expect(await refusal(lab.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' })))).toBe('NotFound 404')
    expect(await filesOf(lab)).toEqual([])
  })

  test('without any has the CRC64NVME that S3 makes itself', async () => {
    await using lab = await s3Lab()
    await put({ ...lab, s3: lab.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }) }, {})
    const { ChecksumCRC64NVME } = await lab.s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: 'a', ChecksumMode: 'ENABLED' }),
    )
    expect(ChecksumCRC64NVME).toBe(valueOf('CRC64NVME'))
  })

  test('with a wrong MD5 is refused', async () => {
    await using lab = await s3Lab()
    expect(await refusal(put(lab, { ContentMD5: md5('other') }))).toBe('BadDigest 400')
    expect(await refusal(put(lab, { ContentMD5: 'no MD5' }))).toBe('InvalidDigest 400')
    expect(await refusal(put(lab, { ContentMD5: md5(body) }))).toBe('none')
  })

  test('as a stream has its checksum behind it, and is checked all the same', async () => {
    await using lab = await s3Lab()
    const large = Buffer.alloc(300_000, 'stream ')
    const stream = () => Readable.from([large.subarray(0, 100_000), large.subarray(100_000)])
    const streamed = { Body: stream(), ContentLength: large.length, ChecksumAlgorithm: 'CRC32C' }
    expect(await put(lab, streamed)).toMatchObject({ ChecksumCRC32C: checksumOf('CRC32C', large).toString('base64') })
    const { Body } = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(large)).toBe(true)
  })
})

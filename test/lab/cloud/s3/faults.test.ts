import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { bucket, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const objects = [
  { key: 'a', content: { text: 'a' } },
  { key: 'b', content: { text: 'b' } },
]
const get = ({ s3 }: S3Lab, Key = 'a') => refusal(s3.send(new GetObjectCommand({ Bucket: bucket, Key })))

describe('a fault', () => {
  test("is answered with S3's own status and words, also for what EC2 calls otherwise", async () => {
    await using lab = await s3Lab({ objects })
    for (const code of ['SlowDown', 'RequestLimitExceeded', 'Unavailable', 'InternalError', 'Made.Up']) {
      lab.cloud.faults.inject({ action: 'GetObject', fault: { kind: 'error', code } })
    }
    const said = [await get(lab), await get(lab), await get(lab), await get(lab), await get(lab), await get(lab)]
    const throttled = 'SlowDown 503'
    expect(said).toEqual([throttled, throttled, 'ServiceUnavailable 503', 'InternalError 500', 'Made.Up 400', 'none'])
  })

  test('hits only the object that it names', async () => {
    await using lab = await s3Lab({ objects })
    lab.cloud.faults.inject({ action: 'GetObject', where: { Key: 'b' }, fault: { kind: 'error', code: 'SlowDown' } })
    expect([await get(lab, 'a'), await get(lab, 'b'), await get(lab, 'b')]).toEqual(['none', 'SlowDown 503', 'none'])
  })

  test("is got over by the client's own retries", async () => {
    await using lab = await s3Lab({ objects })
    lab.cloud.faults.inject({ action: '*', fault: { kind: 'error', code: 'SlowDown' } })
    lab.cloud.faults.inject({ action: '*', fault: { kind: 'reset' } })
    const patient = lab.client({ maxAttempts: 4 })
    expect(await refusal(patient.send(new ListObjectsV2Command({ Bucket: bucket })))).toBe('none')
    expect(lab.cloud.log.map(({ code, status }) => `${status} ${code}`)).toEqual(['503 SlowDown', '0 null', '200 null'])
  })

  test('that loses the answer leaves what was done', async () => {
    await using lab = await s3Lab()
    lab.cloud.faults.inject({ action: 'PutObject', fault: { kind: 'lost-answer' } })
    const put = lab.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'x' }))
    await expect(put).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect(await get(lab)).toBe('none')
  })

  test("can be a proxy's page in place of the object", async () => {
    await using lab = await s3Lab({ objects })
    lab.cloud.faults.inject({ action: 'GetObject', fault: { kind: 'html', status: 200 } })
    const { Body } = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect(await Body?.transformToString()).toMatch(/^<!DOCTYPE html>/)
  })

  test('can take permissions away just before', async () => {
    await using lab = await s3Lab({ objects })
    lab.cloud.faults.inject({ action: 'GetObject', fault: { kind: 'change', change: { denied: ['s3:*'] } } })
    expect(await get(lab)).toBe('AccessDenied 403')
  })
})

test('close does not wait for a delayed request, nor for one that never ends', async () => {
  const lab = await s3Lab({ objects: [...objects, { key: 'huge', content: { sizeBytes: 1024 ** 4, seed: 'x' } }] })
  lab.cloud.faults.inject({ action: 'ListObjectsV2', fault: { kind: 'delay', ms: 60_000 } })
  const listed = lab.s3.send(new ListObjectsV2Command({ Bucket: bucket })).catch((error: unknown) => String(error))
  const { Body } = await lab.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'huge' }))
  const read = Body?.transformToString().catch((error: unknown) => String(error))
  await lab[Symbol.asyncDispose]()
  expect(await listed).toMatch(/socket hang up|ECONNRESET|ECONNREFUSED/)
  expect(await read).toMatch(/aborted|ECONNRESET|premature|terminated/i)
})

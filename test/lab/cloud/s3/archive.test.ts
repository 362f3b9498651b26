import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, RestoreObjectCommand } from '@aws-sdk/client-s3'
import type { RestoreRequest } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { delaysOf } from '../../../../src/lab/cloud/delays.ts'
import { until } from '../helpers.ts'
import { bucket, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const content = { text: 'cold' }
const cold = { objects: [{ key: 'a', content, storageClass: 'GLACIER' }] }
const get = ({ s3 }: S3Lab) => s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a' }))
const head = ({ s3 }: S3Lab) => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }))
const restore = ({ s3 }: S3Lab, RestoreRequest: RestoreRequest = { Days: 2 }) =>
  s3.send(new RestoreObjectCommand({ Bucket: bucket, Key: 'a', RestoreRequest }))

const days = (count: number) => count * 86_400_000

test('what is in the archive is seen and not read, until it was brought back', async () => {
  await using lab = await s3Lab(cold)
  const { ContentLength, Restore: before, StorageClass } = await head(lab)
  expect([ContentLength, before, StorageClass]).toEqual([4, undefined, 'GLACIER'])
  await expect(get(lab)).rejects.toMatchObject({ name: 'InvalidObjectState', StorageClass: 'GLACIER' })
  expect((await restore(lab)).$metadata.httpStatusCode).toBe(202)
  const back = await until(
    () => head(lab),
    ({ Restore }) => Restore?.startsWith('ongoing-request="false"') === true,
  )
  expect(back.Restore).toMatch(/^ongoing-request="false", expiry-date="\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT"$/)
  expect(await (await get(lab)).Body?.transformToString()).toBe('cold')
})

test('a restore takes its time, in which it is not asked for again', async () => {
  await using lab = await s3Lab(cold, {}, { delays: { ...delaysOf('none'), restoreObjectMs: 60_000 } })
  await restore(lab)
  expect((await head(lab)).Restore).toBe('ongoing-request="true"')
  expect(await refusal(restore(lab))).toBe('RestoreAlreadyInProgress 409')
  expect(await refusal(get(lab))).toBe('InvalidObjectState 403')
  const ask = { Bucket: bucket, OptionalObjectAttributes: ['RestoreStatus' as const] }
  const { Contents } = await lab.s3.send(new ListObjectsV2Command(ask))
  expect(Contents).toMatchObject([{ StorageClass: 'GLACIER', RestoreStatus: { IsRestoreInProgress: true } }])
})

test('a restored copy goes after its days, which can be made more meanwhile', async () => {
  const now = { at: new Date() }
  await using lab = await s3Lab(cold, {}, { clock: () => now.at })
  await restore(lab)
  await until(
    () => head(lab),
    ({ Restore }) => Restore?.startsWith('ongoing-request="false"') === true,
  )
  expect((await restore(lab, { Days: 5 })).$metadata.httpStatusCode).toBe(200)
  now.at = new Date(now.at.getTime() + days(4))
  const later = { ...lab, s3: lab.client({ systemClockOffset: days(4) }) }
  expect(await refusal(get(later))).toBe('none')
  now.at = new Date(now.at.getTime() + days(3))
  const last = { ...lab, s3: lab.client({ systemClockOffset: days(7) }) }
  expect(await refusal(get(last))).toBe('InvalidObjectState 403')
  expect((await head(last)).Restore).toBeUndefined()
})

test('only what is in an archive can be restored, and not from all of them in a hurry', async () => {
  await using warm = await s3Lab({ objects: [{ key: 'a', content, storageClass: 'GLACIER_IR' }] })
  expect(await refusal(get(warm))).toBe('none')
  expect(await refusal(restore(warm))).toBe('InvalidObjectState 403')
  await using deep = await s3Lab({ objects: [{ key: 'a', content, storageClass: 'DEEP_ARCHIVE' }] })
  const hurried = { Days: 1, GlacierJobParameters: { Tier: 'Expedited' as const } }
  expect(await refusal(restore(deep, hurried))).toBe('InvalidArgument 400')
  expect(await refusal(restore(deep, {}))).toBe('MalformedXML 400')
  expect(await refusal(restore(deep, { Days: 1, GlacierJobParameters: { Tier: 'Bulk' } }))).toBe('none')
})

test('what a class has archived by itself comes back for good', async () => {
  const tiered = {
    key: 'a',
    content,
    storageClass: 'INTELLIGENT_TIERING',
    archiveStatus: 'DEEP_ARCHIVE_ACCESS' as const,
  }
  await using lab = await s3Lab({ objects: [tiered] })
  await expect(get(lab)).rejects.toMatchObject({ name: 'InvalidObjectState', AccessTier: 'DEEP_ARCHIVE_ACCESS' })
  expect((await head(lab)).ArchiveStatus).toBe('DEEP_ARCHIVE_ACCESS')
  await restore(lab, {})
  await until(
    () => refusal(get(lab)),
    (code) => code === 'none',
  )
  const { ArchiveStatus, Restore } = await head(lab)
  expect([ArchiveStatus, Restore]).toEqual([undefined, undefined])
})

import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { bucket, refusal, s3Lab } from './helpers.ts'
import type { S3Lab } from './helpers.ts'

const versioned = { versioning: 'Enabled' } as const
const put = async ({ s3 }: S3Lab, Body: string) =>
  (await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body }))).VersionId
const remove = ({ s3 }: S3Lab, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a', VersionId }))

async function text({ s3 }: S3Lab, VersionId?: string): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a', VersionId }))
  return Body?.transformToString()
}

test('each put makes a version, and each stays readable by its id', async () => {
  await using lab = await s3Lab(versioned)
  const [one, two] = [await put(lab, '1'), await put(lab, '2')]
  expect(one).not.toBe(two)
  expect([await text(lab), await text(lab, one), await text(lab, two)]).toEqual(['2', '1', '2'])
})

test('a delete puts a marker on top, and deleting that brings the object back', async () => {
  await using lab = await s3Lab(versioned)
  const id = await put(lab, '1')
  const { DeleteMarker, VersionId: marker } = await remove(lab)
  expect(DeleteMarker).toBe(true)
  expect(await refusal(text(lab))).toBe('NoSuchKey 404')
  expect(await refusal(text(lab, marker))).toBe('MethodNotAllowed 405')
  expect(await text(lab, id)).toBe('1')
  expect((await lab.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0)
  expect(await remove(lab, marker)).toMatchObject({ DeleteMarker: true, VersionId: marker })
  expect(await text(lab)).toBe('1')
})

test('a 404 because of a delete marker says so in its headers', async () => {
  await using lab = await s3Lab({
    ...versioned,
    objects: [{ key: 'a', deleteMarker: true, versionId: 'gone' }],
    policy: {
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: ['arn:aws:s3:::backups', 'arn:aws:s3:::backups/*'],
      },
    },
  })
  const answer = await fetch(`${lab.cloud.s3}/${bucket}/a`)
  expect(answer.status).toBe(404)
  expect(answer.headers.get('x-amz-delete-marker')).toBe('true')
  expect(answer.headers.get('x-amz-version-id')).toBe('gone')
})

test('a version that is not there, or can be none, is refused', async () => {
  await using lab = await s3Lab(versioned)
  await put(lab, '1')
  expect(await refusal(text(lab, 'x'.repeat(32)))).toBe('NoSuchVersion 404')
  expect(await refusal(text(lab, 'x y'))).toBe('InvalidArgument 400')
})

test('in a bucket whose versioning is suspended only the version null is written over', async () => {
  await using lab = await s3Lab()
  await put(lab, '0')
  const versioning = (Status: 'Enabled' | 'Suspended') =>
    lab.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }))
  await versioning('Enabled')
  const one = await put(lab, '1')
  await versioning('Suspended')
  await put(lab, '2')
  await put(lab, '3')
  expect((await lab.s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status).toBe('Suspended')
  expect([await text(lab), await text(lab, one), await text(lab, 'null')]).toEqual(['3', '1', '3'])
  await remove(lab)
  expect(await refusal(text(lab))).toBe('NoSuchKey 404')
  const { DeleteMarkers = [], Versions = [] } = await lab.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }))
  expect([DeleteMarkers.map((marker) => marker.VersionId), Versions.map((version) => version.VersionId)]).toEqual([
    ['null'],
    [one],
  ])
})

test('a listing of versions in pages of any size has each once, the newest of a key first', async () => {
  const content = { text: 'x' }
  const objects = ['a', 'b/1', 'b/2', 'c'].flatMap((key) => [
    { key, content, versionId: `${key[0]}-old-${key.length}` },
    { key, deleteMarker: true as const, versionId: `${key[0]}-marker-${key.length}` },
    { key, content, versionId: `${key[0]}-new-${key.length}` },
  ])
  await using lab = await s3Lab({ ...versioned, objects })
  const expected = ['a', 'b/1', 'b/2', 'c'].flatMap((key) => [
    `${key} new true`,
    `${key} marker false`,
    `${key} old false`,
  ])
  for (const MaxKeys of [1, 2, 3, 5, 12, 1000]) {
    const all: string[] = []
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
    for (;;) {
      const page = await lab.s3.send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys, ...marker }))
      const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]
      expect(found.length).toBeLessThanOrEqual(MaxKeys)
      all.push(...found.map((one) => `${one.Key} ${one.VersionId?.split('-')[1]} ${one.IsLatest}`))
      if (page.IsTruncated !== true) break
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
    expect(all.toSorted()).toEqual(expected.toSorted())
  }
  const { CommonPrefixes, Versions } = await lab.s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Delimiter: '/' }),
  )
  expect([CommonPrefixes, Versions?.length]).toEqual([[{ Prefix: 'b/' }], 4])
})

test('HEAD of a version says its id', async () => {
  await using lab = await s3Lab(versioned)
  const id = await put(lab, '1')
  expect((await lab.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }))).VersionId).toBe(id)
})

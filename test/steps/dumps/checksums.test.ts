// Objects of the lab's S3, compared with what a host says that their MD5s are.
import { createHash } from 'node:crypto'
import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { listObjects } from '../../../src/remote/aws/s3.ts'
import { contextFor } from '../../../src/run/context.ts'
import { differing, partSizesOf } from '../../../src/steps/dumps/checksums.ts'
import { digestOf } from '../../../src/steps/dumps/digest.ts'
import type { Run } from '../../../src/steps/step.ts'
import { bucket, s3Lab } from '../../lab/cloud/s3/helpers.ts'
import { awsAt } from '../../remote/aws/aws-at.ts'
import { placeAt, remoteOf, type Place } from '../../remote/aws/s3-contract/endpoints.ts'
import { fakeSession } from '../../run/fake-session.ts'

const MiB = 1024 * 1024
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')
const partsOf = (...sizes: readonly number[]): Buffer[] => sizes.map((size, at) => Buffer.alloc(size, `part ${at} `))

async function upload({ s3, bucket: Bucket }: Place, Key: string, bodies: readonly Buffer[]): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const Parts = []
  for (const [n, Body] of bodies.entries()) {
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: n + 1, Body }))
    Parts.push({ PartNumber: n + 1, ETag })
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
}

/** A run that has chosen all that is in the bucket. */
async function chosen(place: Pick<Place, 'aws' | 'bucket' | 'remote'>): Promise<{ run: Run; asked: () => number }> {
  const objects = await place.aws.send(listObjects(place.bucket, ''))
  const session = fakeSession({ host: { name: 'web' } })
  Object.assign(session, { remote: place.remote })
  const at = session.at()
  const value = {
    bucket: place.bucket,
    region: 'eu-central-1',
    prefix: '',
    at,
    kind: 'folder',
    writtenAt: at,
    objects: objects.length,
    bytes: 0,
    digest: digestOf(objects),
    storageClass: 'STANDARD',
    doubts: [],
    notes: [],
    entry: null,
  }
  session.record({ type: 'answered', at, step: 'dump', value, by: 'flag' })
  const run = contextFor(session, { step: 'check-dump', attempt: 1, shown: null, ignoresStopping: false })
  const asked = (): number =>
    session.events.filter((event) => event.type === 'command' && event.text.includes('head-object')).length
  return { run, asked }
}

it('objects are compared by the parts that they were uploaded in, of which S3 is asked for one', async () => {
  await using place = await placeAt({ name: "the lab's S3", isRgw: false })
  const bodies = partsOf(5 * MiB, 5 * MiB, 17)
  await upload(place, 'a', bodies)
  await upload(place, 'b', bodies)
  await place.put('c', 'whole')
  await upload(place, 'd', partsOf(9))
  const { run, asked } = await chosen(place)
  const sizes = await partSizesOf(run)
  expect(sizes).toEqual(
    new Map([
      ['00000000', 5 * MiB],
      ['00000001', 5 * MiB],
      // Whatever its only part is held to be cut into.
      ['00000003', 5 * MiB],
    ]),
  )
  expect(asked()).toBe(1)
  const sums = new Map([
    ['00000000', bodies.map(md5)],
    ['00000001', bodies.toReversed().map(md5)],
    ['00000002', [md5(Buffer.from('whole'))]],
    ['00000003', partsOf(9).map(md5)],
  ])
  expect(await differing(run, sums, sizes)).toEqual({ differ: ['b'], compared: 4 })
  sums.set('00000002', [md5(Buffer.from('other'))])
  expect(await differing(run, sums, sizes)).toEqual({ differ: ['b', 'c'], compared: 4 })
})

it('an object whose parts are not all of one size tells nothing, and is not held to be another one', async () => {
  await using place = await placeAt({ name: "the lab's S3", isRgw: false })
  await upload(place, 'uneven', partsOf(6 * MiB, 5 * MiB, 6 * MiB))
  await upload(place, 'unfit', partsOf(5 * MiB, 9 * MiB, 9 * MiB))
  const { run } = await chosen(place)
  const sizes = await partSizesOf(run)
  expect(sizes).toEqual(new Map([['00000000', 6 * MiB]]))
  const sums = new Map(['00000000', '00000001'].map((name) => [name, partsOf(1, 2, 3).map(md5)]))
  expect(await differing(run, sums, sizes)).toEqual({ differ: [], compared: 0 })
})

it('what KMS encrypts has no MD5 for an ETag, and is not compared', async () => {
  await using lab = await s3Lab({ objects: [{ key: 'a', content: { text: 'sealed' }, kms: 'allowed' }] })
  const aws = await awsAt(lab.cloud.ec2, undefined, lab.cloud.s3)
  await using place = { bucket, aws, remote: remoteOf(aws), [Symbol.asyncDispose]: () => place.remote.close() }
  const { run } = await chosen(place)
  const sums = new Map([['00000000', [md5(Buffer.from('what it was before'))]]])
  expect(await differing(run, sums, await partSizesOf(run))).toEqual({ differ: [], compared: 0 })
})

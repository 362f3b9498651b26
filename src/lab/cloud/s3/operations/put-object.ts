import { headerOf } from '../checksums.ts'
import type { Received } from '../protocol/incoming.ts'
import { S3Error } from '../protocol/s3-error.ts'
import type { Piece } from '../store/bodies.ts'
import { addVersion, newest, newVersionId } from '../store/objects.ts'
import type { Bucket, ObjectVersion } from '../store/objects.ts'
import { checkWrite } from './conditions.ts'
import { readDescription } from './object-headers.ts'
import { nothing } from './operation.ts'
import type { Call, Operation } from './operation.ts'

const largestPut = 5 * 1024 ** 3

export const putObject: Operation = {
  name: 'PutObject',
  async run(call, bucket) {
    const { key } = call.target
    call.allow('s3:PutObject', bucket, key)
    const described = readDescription(call.headers)
    await checkCurrent(call, bucket, key)
    const { piece, received } = await receive(call)
    const { algorithm, checksum, md5 } = received
    const value = checksum.toString('base64')
    const version: ObjectVersion = {
      ...fresh(call, bucket),
      ...described,
      body: [piece],
      size: piece.size,
      etag: () => Promise.resolve(md5.toString('hex')),
      checksum: { algorithm, type: 'FULL_OBJECT', value: () => Promise.resolve(value) },
    }
    await place(call, bucket, key, version)
    return nothing(200, {
      etag: `"${md5.toString('hex')}"`,
      [headerOf(algorithm)]: value,
      'x-amz-checksum-type': 'FULL_OBJECT',
      ...versionHeader(bucket, version),
    })
  },
}

/** Takes a request's body in. @throws S3Error EntityTooLarge, and those of a body that isn't what it says */
export async function receive(
  { incoming, state: { bodies } }: Call,
  algorithm: Received['algorithm'] = 'CRC64NVME',
): Promise<{ readonly piece: Piece; readonly received: Received }> {
  const { length } = incoming
  if (length > largestPut) {
    throw new S3Error('EntityTooLarge', { details: { ProposedSize: length, MaxSizeAllowed: largestPut } })
  }
  const piece = await bodies.keep(incoming.bytes(algorithm))
  return { piece, received: incoming.received }
}

/** Whether a write's conditions on what is there hold now. @throws S3Error PreconditionFailed, NoSuchKey */
export async function checkCurrent({ headers }: Call, bucket: Bucket, key: string): Promise<void> {
  const current = newest(bucket, key)
  checkWrite(headers, current?.kind === 'object' ? await current.etag() : null, key)
}

/** Puts a version in its place, if a condition still holds: the body took its time. Lets its body go otherwise. */
export async function place(call: Call, bucket: Bucket, key: string, version: ObjectVersion): Promise<void> {
  const { state } = call
  await state.cloud.background.inTurn(`s3 ${bucket.name}/${key}`, async () => {
    try {
      await checkCurrent(call, bucket, key)
      if (state.buckets.get(bucket.name) !== bucket) throw new S3Error('NoSuchBucket')
    } catch (error) {
      await state.bodies.release(version.body)
      throw error
    }
    await addVersion(state, bucket, key, version)
  })
}

/** What every new version begins with. */
export const fresh = (
  { now }: Call,
  { versioning }: Bucket,
): Pick<ObjectVersion, 'kind' | 'versionId' | 'lastModified' | 'archiveStatus' | 'restore' | 'parts' | 'kms'> => ({
  kind: 'object',
  versionId: versioning === 'Enabled' ? newVersionId() : 'null',
  lastModified: new Date(Math.floor(now.getTime() / 1000) * 1000),
  archiveStatus: null,
  restore: null,
  parts: null,
  kms: null,
})

/** The new version's id, in a bucket that has any. */
export const versionHeader = (
  { versioning }: Bucket,
  { versionId }: { readonly versionId: string },
): Readonly<Record<string, string>> => (versioning === 'Enabled' ? { 'x-amz-version-id': versionId } : {})

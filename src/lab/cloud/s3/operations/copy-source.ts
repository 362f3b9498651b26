import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import { splitAt } from '../protocol/target.ts'
import { isCold } from '../store/objects.ts'
import type { Bucket, ObjectVersion } from '../store/objects.ts'
import { failed, isUnchanged } from './conditions.ts'
import { findObject } from './find.ts'
import { checkKey, cold } from './get-object.ts'
import type { Call } from './operation.ts'

export interface Source {
  readonly bucket: Bucket
  readonly key: string
  readonly version: ObjectVersion
}

/** The object that `x-amz-copy-source` names, which may be read and meets its conditions. @throws S3Error */
export async function findSource(call: Call): Promise<Source> {
  const { headers, now, state } = call
  const header = headers['x-amz-copy-source'] ?? ''
  const [place, query] = splitAt(header.replace(/^\//, ''), '?')
  const [name, key] = splitAt(decoded(place, header), '/')
  const versionId = /^versionId=(.+)$/.exec(query)?.[1]
  if (name === '' || key === '') {
    throw invalidArgument('x-amz-copy-source', header, 'Invalid copy source object key')
  }
  const bucket = state.buckets.get(name)
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } })
  call.allow(versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', bucket, key)
  const version = findObject(call, { bucket, key, versionId })
  checkKey(version, state)
  if (isCold(version, now)) throw cold(version)
  const subject = { etag: await version.etag(), lastModified: version.lastModified }
  if (isUnchanged(headers, subject, 'x-amz-copy-source-')) throw failed('x-amz-copy-source-If-None-Match')
  return { bucket, key, version }
}

function decoded(place: string, header: string): string {
  try {
    return decodeURIComponent(place)
  } catch {
    throw invalidArgument('x-amz-copy-source', header, 'Invalid copy source encoding.')
  }
}

/** The source's version, in a bucket that has any. */
export const sourceHeader = ({ bucket, version }: Source): Readonly<Record<string, string>> =>
  bucket.versioning === 'off' ? {} : { 'x-amz-copy-source-version-id': version.versionId }

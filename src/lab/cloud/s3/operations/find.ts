import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import { newest } from '../store/objects.ts'
import type { Bucket, ObjectVersion, Upload, Version } from '../store/objects.ts'
import type { Call } from './operation.ts'

interface Wanted {
  readonly bucket: Bucket
  readonly key: string
  /** The newest one unless said. */
  readonly versionId: string | undefined
}

/** The version of an object that is meant. @throws S3Error NoSuchKey, NoSuchVersion, MethodNotAllowed, AccessDenied */
export function findObject(call: Call, { bucket, key, versionId }: Wanted): ObjectVersion {
  const version = versionId === undefined ? newest(bucket, key) : findVersion(bucket, key, versionId)
  if (version?.kind === 'object') return version
  const headers: Record<string, string> =
    version === null ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId }
  if (version !== null && versionId !== undefined) {
    const more = { allow: 'DELETE', 'last-modified': version.lastModified.toUTCString() }
    const details = { Method: 'GET', ResourceType: 'DeleteMarker' }
    throw new S3Error('MethodNotAllowed', { details, headers: { ...headers, ...more } })
  }
  // Who may not list learns nothing of what is not there.
  call.allow('s3:ListBucket', bucket)
  throw new S3Error('NoSuchKey', { details: { Key: key }, headers })
}

/** @throws S3Error NoSuchVersion, InvalidArgument for what can't be an id */
function findVersion(bucket: Bucket, key: string, versionId: string): Version {
  const found = bucket.versions.get(key)?.find((version) => version.versionId === versionId)
  if (found !== undefined) return found
  if (versionId === '' || !/^[-\w.]{1,1024}$/.test(versionId)) {
    throw invalidArgument('versionId', versionId, 'Invalid version id specified')
  }
  throw new S3Error('NoSuchVersion', { details: { Key: key, VersionId: versionId } })
}

/** @throws S3Error NoSuchUpload */
export function findUpload(bucket: Bucket, key: string, uploadId: string | undefined): Upload {
  const found = bucket.uploads.get(uploadId ?? '')
  if (found?.key !== key) throw new S3Error('NoSuchUpload', { details: { UploadId: uploadId } })
  return found
}

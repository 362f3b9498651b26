import { S3Error } from '../protocol/s3-error.ts'
import type { Headers } from '../protocol/incoming.ts'
import type { Target } from '../protocol/target.ts'
import * as buckets from './buckets.ts'
import { completeMultipartUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { getObject, headObject } from './get-object.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { listMultipartUploads, listParts } from './list-uploads.ts'
import { listObjectVersions } from './list-versions.ts'
import * as multipart from './multipart.ts'
import type { Operation, ServiceOperation } from './operation.ts'
import { putObject } from './put-object.ts'
import { restoreObject } from './restore-object.ts'
import { bucketSettings, getBucketAcl, getObjectAcl, getObjectTagging } from './settings.ts'

export type Route =
  | { readonly on: 'service'; readonly operation: ServiceOperation }
  | { readonly on: 'bucket'; readonly operation: Operation }

// What the query can ask for beside the object or the bucket itself.
const subresources = new Set(
  (
    'accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold ' +
    'lifecycle location logging metrics notification object-lock ownershipControls policy policyStatus ' +
    'publicAccessBlock replication requestPayment restore retention select session tagging torrent ' +
    'uploadId uploads versioning versions website '
  )
    .trim()
    .split(' '),
)

const onBucket: Readonly<Record<string, Operation>> = {
  'GET location': buckets.getBucketLocation,
  'GET versioning': buckets.getBucketVersioning,
  'PUT versioning': buckets.putBucketVersioning,
  'GET policy': buckets.getBucketPolicy,
  'PUT policy': buckets.putBucketPolicy,
  'DELETE policy': buckets.deleteBucketPolicy,
  'GET acl': getBucketAcl,
  'GET versions': listObjectVersions,
  'GET uploads': listMultipartUploads,
  'POST delete': deleteObjects,
  'HEAD ': buckets.headBucket,
  'DELETE ': buckets.deleteBucket,
}

const onObject: Readonly<Record<string, Operation>> = {
  'GET ': getObject,
  'HEAD ': headObject,
  'DELETE ': deleteObject,
  'GET acl': getObjectAcl,
  'GET tagging': getObjectTagging,
  'POST restore': restoreObject,
  'POST uploads': multipart.createMultipartUpload,
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': multipart.abortMultipartUpload,
  'GET uploadId': listParts,
}

/** Which operation is asked for. @throws S3Error MethodNotAllowed, NotImplemented */
export function route(method: string, { bucket, key, query }: Target, headers: Headers): Route {
  const sub = [...query.keys()].find((name) => subresources.has(name)) ?? ''
  const asked = `${method} ${sub}`
  if (bucket === '') {
    if (asked !== 'GET ') throw notAllowed(method, 'SERVICE')
    return { on: 'service', operation: buckets.listBuckets }
  }
  if (key === '') {
    if (asked === 'PUT ') return { on: 'service', operation: buckets.createBucket }
    const listing = query.get('list-type') === '2' ? listObjectsV2 : listObjects
    const operation =
      asked === 'GET ' ? listing : (onBucket[asked] ?? (method === 'GET' ? bucketSettings.get(sub) : undefined))
    return { on: 'bucket', operation: operation ?? refuse(method, sub, 'BUCKET') }
  }
  const isCopy = headers['x-amz-copy-source'] !== undefined
  if (asked === 'PUT ') return { on: 'bucket', operation: isCopy ? copyObject : putObject }
  if (asked === 'PUT uploadId') {
    return { on: 'bucket', operation: isCopy ? multipart.uploadPartCopy : multipart.uploadPart }
  }
  return { on: 'bucket', operation: onObject[asked] ?? refuse(method, sub, 'OBJECT') }
}

function refuse(method: string, sub: string, resource: string): never {
  if (sub === '') throw notAllowed(method, resource)
  throw new S3Error('NotImplemented', {
    message: 'A query parameter you provided implies functionality that is not implemented',
    details: { QueryParameter: sub },
  })
}

function notAllowed(method: string, resource: string): S3Error {
  return new S3Error('MethodNotAllowed', { details: { Method: method, ResourceType: resource } })
}

import type { XmlElements } from '../../protocol/xml.ts'
import { s3Document } from '../protocol/documents.ts'
import type { S3Code } from '../protocol/known-codes.ts'
import { S3Error } from '../protocol/s3-error.ts'
import { canonicalId } from './list-objects.ts'
import { findObject } from './find.ts'
import { xml } from './operation.ts'
import type { Operation } from './operation.ts'

// What nobody sets in the lab, as it is said of a bucket for which it never was: tools ask for it on their way.
const fixed: Readonly<
  Record<
    string,
    { readonly name: string; readonly action: string; readonly root: string; readonly content: XmlElements }
  >
> = {
  logging: { name: 'GetBucketLogging', action: 's3:GetBucketLogging', root: 'BucketLoggingStatus', content: {} },
  requestPayment: {
    name: 'GetBucketRequestPayment',
    action: 's3:GetBucketRequestPayment',
    root: 'RequestPaymentConfiguration',
    content: { Payer: 'BucketOwner' },
  },
  notification: {
    name: 'GetBucketNotificationConfiguration',
    action: 's3:GetBucketNotification',
    root: 'NotificationConfiguration',
    content: {},
  },
  accelerate: {
    name: 'GetBucketAccelerateConfiguration',
    action: 's3:GetAccelerateConfiguration',
    root: 'AccelerateConfiguration',
    content: {},
  },
}

interface Missing {
  readonly name: string
  readonly action: string
  readonly code: S3Code
}

const missing: Readonly<Record<string, Missing>> = {
  lifecycle: {
    name: 'GetBucketLifecycleConfiguration',
    action: 's3:GetLifecycleConfiguration',
    code: 'NoSuchLifecycleConfiguration',
  },
  cors: { name: 'GetBucketCors', action: 's3:GetBucketCORS', code: 'NoSuchCORSConfiguration' },
  tagging: { name: 'GetBucketTagging', action: 's3:GetBucketTagging', code: 'NoSuchTagSet' },
  website: { name: 'GetBucketWebsite', action: 's3:GetBucketWebsite', code: 'NoSuchWebsiteConfiguration' },
  replication: {
    name: 'GetBucketReplication',
    action: 's3:GetReplicationConfiguration',
    code: 'ReplicationConfigurationNotFoundError',
  },
  'object-lock': {
    name: 'GetObjectLockConfiguration',
    action: 's3:GetBucketObjectLockConfiguration',
    code: 'ObjectLockConfigurationNotFoundError',
  },
  ownershipControls: {
    name: 'GetBucketOwnershipControls',
    action: 's3:GetBucketOwnershipControls',
    code: 'OwnershipControlsNotFoundError',
  },
  publicAccessBlock: {
    name: 'GetPublicAccessBlock',
    action: 's3:GetBucketPublicAccessBlock',
    code: 'NoSuchPublicAccessBlockConfiguration',
  },
}

/** What GET says of a bucket's settings, by their names in the query. */
export const bucketSettings: ReadonlyMap<string, Operation> = new Map([
  ...Object.entries(fixed).map(([key, { action, content, name, root }]): [string, Operation] => [
    key,
    {
      name,
      run(call, bucket) {
        call.allow(action, bucket)
        return Promise.resolve(xml(s3Document(root, content)))
      },
    },
  ]),
  ...Object.entries(missing).map(([key, { action, code, name }]): [string, Operation] => [
    key,
    {
      name,
      run(call, bucket) {
        call.allow(action, bucket)
        throw new S3Error(code, { details: { BucketName: bucket.name } })
      },
    },
  ]),
])

export const getBucketAcl: Operation = {
  name: 'GetBucketAcl',
  run(call, bucket) {
    call.allow('s3:GetBucketAcl', bucket)
    return Promise.resolve(xml(aclOf(bucket.ownerId)))
  },
}

export const getObjectAcl: Operation = {
  name: 'GetObjectAcl',
  run(call, bucket) {
    const { key, query } = call.target
    call.allow('s3:GetObjectAcl', bucket, key)
    findObject(call, { bucket, key, versionId: query.get('versionId') })
    return Promise.resolve(xml(aclOf(bucket.ownerId)))
  },
}

export const getObjectTagging: Operation = {
  name: 'GetObjectTagging',
  run(call, bucket) {
    const { key, query } = call.target
    call.allow('s3:GetObjectTagging', bucket, key)
    findObject(call, { bucket, key, versionId: query.get('versionId') })
    return Promise.resolve(xml(s3Document('Tagging', { TagSet: '' })))
  },
}

// As it is where ACLs are switched off, which all newer buckets are.
function aclOf(ownerId: string): string {
  const owner = { ID: canonicalId(ownerId) }
  const instance = { '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance', '@xsi:type': 'CanonicalUser' }
  return s3Document('AccessControlPolicy', {
    Owner: owner,
    AccessControlList: { Grant: { Grantee: { ...instance, ...owner }, Permission: 'FULL_CONTROL' } },
  })
}

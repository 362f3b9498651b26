import { readPolicy } from '../access/policy.ts'
import { readDocument, s3Document } from '../protocol/documents.ts'
import { S3Error } from '../protocol/s3-error.ts'
import { KeyIndex } from '../store/key-index.ts'
import { canonicalId } from './list-objects.ts'
import { nothing, xml } from './operation.ts'
import type { Call, Operation, ServiceOperation } from './operation.ts'

export const listBuckets: ServiceOperation = {
  name: 'ListBuckets',
  run(call) {
    call.allow('s3:ListAllMyBuckets', null)
    const { world } = call.state.cloud
    const { query } = call.target
    const prefix = query.get('prefix') ?? ''
    const region = query.get('bucket-region')
    const own = [...call.state.buckets.values()]
      .filter(({ name, ownerId }) => ownerId === world.accountId && name.startsWith(prefix))
      .filter((bucket) => region === undefined || bucket.region === region)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const document = s3Document('ListAllMyBucketsResult', {
      Owner: { ID: canonicalId(world.accountId) },
      Buckets: {
        Bucket: own.map(({ createdAt, name, region: BucketRegion }) => ({
          Name: name,
          CreationDate: createdAt.toISOString(),
          BucketRegion,
        })),
      },
      Prefix: prefix === '' ? undefined : prefix,
    })
    return Promise.resolve(xml(document))
  },
}

// Some of the rules; what else S3 refuses is no concern of a restore.
const nameForm = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$/

export const createBucket: ServiceOperation = {
  name: 'CreateBucket',
  async run(call) {
    const { now, region, state } = call
    const { bucket: name } = call.target
    call.allow('s3:CreateBucket', null)
    if (!nameForm.test(name) || name.includes('..')) {
      throw new S3Error('InvalidBucketName', { details: { BucketName: name } })
    }
    const constraint = await readConstraint(call)
    // us-east-1 is the one region that has no name here.
    if ((constraint ?? 'us-east-1') !== region) {
      const message =
        constraint === null
          ? undefined
          : `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`
      throw new S3Error('IllegalLocationConstraintException', message === undefined ? {} : { message })
    }
    const { accountId } = state.cloud.world
    const before = state.buckets.get(name)
    if (before !== undefined && before.ownerId !== accountId)
      throw new S3Error('BucketAlreadyExists', { details: { BucketName: name } })
    if (before !== undefined && region !== 'us-east-1') {
      throw new S3Error('BucketAlreadyOwnedByYou', { details: { BucketName: name } })
    }
    if (before === undefined) {
      const things = { versions: new KeyIndex<never>(), uploads: new Map() }
      state.buckets.set(name, {
        name,
        region,
        ownerId: accountId,
        createdAt: now,
        versioning: 'off',
        policy: null,
        ...things,
      })
    }
    return nothing(200, { location: `/${name}` })
  },
}

async function readConstraint({ incoming }: Call): Promise<string | null> {
  const text = await incoming.text()
  if (text.trim() === '') return null
  return readDocument(text, 'CreateBucketConfiguration').text('LocationConstraint') ?? null
}

export const deleteBucket: Operation = {
  name: 'DeleteBucket',
  async run(call, bucket) {
    call.allow('s3:DeleteBucket', bucket)
    if (bucket.versions.size > 0) {
      const versions = bucket.versioning === 'off' ? '' : '. You must delete all versions in the bucket.'
      const message = `The bucket you tried to delete is not empty${versions}`
      throw new S3Error('BucketNotEmpty', { message, details: { BucketName: bucket.name } })
    }
    call.state.buckets.delete(bucket.name)
    for (const { parts } of bucket.uploads.values()) {
      for (const part of parts.values()) await call.state.bodies.release(part.body)
    }
    return nothing(204)
  },
}

export const headBucket: Operation = {
  name: 'HeadBucket',
  run(call, bucket) {
    call.allow('s3:ListBucket', bucket)
    return Promise.resolve(nothing(200, { 'x-amz-access-point-alias': 'false', 'content-type': 'application/xml' }))
  },
}

export const getBucketLocation: Operation = {
  name: 'GetBucketLocation',
  run(call, bucket) {
    call.allow('s3:GetBucketLocation', bucket)
    // The one document whose root is its content.
    const region = bucket.region === 'us-east-1' ? {} : { '#text': bucket.region }
    return Promise.resolve(xml(s3Document('LocationConstraint', region)))
  },
}

export const getBucketVersioning: Operation = {
  name: 'GetBucketVersioning',
  run(call, bucket) {
    call.allow('s3:GetBucketVersioning', bucket)
    const Status = bucket.versioning === 'off' ? undefined : bucket.versioning
    return Promise.resolve(xml(s3Document('VersioningConfiguration', { Status })))
  },
}

export const putBucketVersioning: Operation = {
  name: 'PutBucketVersioning',
  async run(call, bucket) {
    call.allow('s3:PutBucketVersioning', bucket)
    const status = readDocument(await call.incoming.text(), 'VersioningConfiguration').text('Status')
    if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML')
    bucket.versioning = status
    return nothing(200)
  },
}

export const getBucketPolicy: Operation = {
  name: 'GetBucketPolicy',
  run(call, bucket) {
    call.allow('s3:GetBucketPolicy', bucket)
    if (bucket.policy === null) throw new S3Error('NoSuchBucketPolicy', { details: { BucketName: bucket.name } })
    return Promise.resolve({
      status: 200,
      headers: { 'content-type': 'application/json' },
      content: bucket.policy.text,
    })
  },
}

export const putBucketPolicy: Operation = {
  name: 'PutBucketPolicy',
  async run(call, bucket) {
    call.allow('s3:PutBucketPolicy', bucket)
    const policy = readPolicy(await call.incoming.text())
    const own = `arn:aws:s3:::${bucket.name}`
    const resources = policy.statements.flatMap(({ NotResource, Resource }) => [
      ...(Resource ?? []),
      ...(NotResource ?? []),
    ])
    if (resources.some((one) => one !== own && !one.startsWith(`${own}/`) && !one.startsWith(`${own}*`))) {
      throw new S3Error('MalformedPolicy', { message: 'Policy has invalid resource' })
    }
    bucket.policy = policy
    return nothing(204)
  },
}

export const deleteBucketPolicy: Operation = {
  name: 'DeleteBucketPolicy',
  run(call, bucket) {
    call.allow('s3:DeleteBucketPolicy', bucket)
    bucket.policy = null
    return Promise.resolve(nothing(204))
  },
}

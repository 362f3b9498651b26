import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import type { S3State } from '../store/objects.ts'
import { isCold } from '../store/objects.ts'
import type { ObjectVersion } from '../store/objects.ts'
import { isUnchanged } from './conditions.ts'
import { findObject } from './find.ts'
import { checksumHeaders, describe } from './object-headers.ts'
import type { Answer, Call, Operation } from './operation.ts'
import { readRange } from './ranges.ts'
import type { Range } from './ranges.ts'

export const getObject: Operation = { name: 'GetObject', run: (call, bucket) => read(call, bucket, true) }
export const headObject: Operation = { name: 'HeadObject', run: (call, bucket) => read(call, bucket, false) }

async function read(call: Call, bucket: Parameters<Operation['run']>[1], withContent: boolean): Promise<Answer> {
  const { headers, now, state } = call
  const { key, query } = call.target
  const versionId = query.get('versionId')
  call.allow(versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', bucket, key)
  const version = findObject(call, { bucket, key, versionId })
  const overrides = readOverrides(call)
  checkKey(version, state)
  const described = await describe(version, bucket, now)
  if (isUnchanged(headers, { etag: await version.etag(), lastModified: version.lastModified })) {
    const { etag = '', 'last-modified': lastModified = '' } = described
    return { status: 304, headers: { etag, 'last-modified': lastModified }, content: null }
  }
  if (withContent && isCold(version, now)) throw cold(version)
  const part = readPart(query.get('partNumber'), headers['range'], version)
  const range = part ?? readRange(headers['range'], version.size)
  const { from, to } = range ?? { from: 0, to: version.size }
  const wantsChecksum = headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && range === null
  return {
    status: range === null ? 200 : 206,
    headers: {
      ...described,
      ...(wantsChecksum ? await checksumHeaders(version) : {}),
      ...overrides,
      'content-length': String(to - from),
      ...(range === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${version.size}` }),
      ...(part === null || version.parts === null ? {} : { 'x-amz-mp-parts-count': String(version.parts.length) }),
    },
    content: withContent ? { body: version.body, from, to } : null,
  }
}

/** @throws S3Error InvalidObjectState, of what is in an archive and not brought back from it */
export function cold({ archiveStatus, storageClass }: ObjectVersion): S3Error {
  const details = {
    StorageClass: storageClass,
    ...(archiveStatus === null ? {} : { AccessTier: archiveStatus }),
  }
  return new S3Error('InvalidObjectState', { details })
}

/** Nobody reads an object without its key. @throws S3Error AccessDenied, and one that names the key as disabled */
export function checkKey({ kms }: ObjectVersion, { cloud: { world } }: S3State): void {
  if (kms === null || kms === 'allowed') return
  const key = `arn:aws:kms:${world.region}:${world.accountId}:key/0a1b2c3d-4e5f-6789-abcd-ef0123456789`
  if (kms === 'error') throw new S3Error('KMS.DisabledException', { message: `${key} is disabled.` })
  const who = `User: arn:aws:iam::${world.accountId}:user/${world.userName ?? 'operator'}`
  const message = `${who} is not authorized to perform: kms:Decrypt on resource: ${key} because no identity-based policy allows the kms:Decrypt action`
  throw new S3Error('AccessDenied', { message })
}

function readPart(text: string | undefined, range: string | undefined, version: ObjectVersion): Range | null {
  if (text === undefined) return null
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive')
  }
  if (range !== undefined) {
    throw new S3Error('InvalidRequest', { message: 'Cannot specify both Range header and partNumber query parameter' })
  }
  const sizes = version.parts ?? [version.size]
  const size = sizes[number - 1]
  if (size === undefined) {
    throw new S3Error('InvalidPartNumber', { details: { PartNumberRequested: number, ActualPartCount: sizes.length } })
  }
  const from = sizes.slice(0, number - 1).reduce((sum, one) => sum + one, 0)
  return { from, to: from + size }
}

const overridable = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

function readOverrides({ signed, target: { query } }: Call): Readonly<Record<string, string>> {
  const found = overridable.flatMap((name) => {
    const value = query.get(`response-${name}`)
    return value === undefined ? [] : [[name, Buffer.from(value).toString('latin1')] as const]
  })
  if (found.length > 0 && !signed) {
    throw new S3Error('InvalidRequest', {
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    })
  }
  return Object.fromEntries(found)
}

import { statSync } from 'node:fs'
import type { CloudWorld, WorldBucket, WorldContent, WorldObjectVersion } from '../../world.ts'
import { readPolicy } from '../access/policy.ts'
import { checksumOfBody } from '../operations/body-checksum.ts'
import type { Body } from './bodies.ts'
import { sizeOf } from './bodies.ts'
import { KeyIndex } from './key-index.ts'
import { md5Of, newVersionId, once, storageClasses } from './objects.ts'
import type { Bucket, ObjectVersion, Version } from './objects.ts'

/** The buckets of a world. @throws Error where it says what can't be, such as a file that is not there */
export function beginBuckets(world: CloudWorld, now: Date): Map<string, Bucket> {
  return new Map((world.buckets ?? []).map((bucket) => [bucket.name, beginBucket(bucket, world, now)]))
}

/** A bucket as the world has it. @throws Error as for all of them */
export function beginBucket(given: WorldBucket, { accountId, region }: CloudWorld, now: Date): Bucket {
  const { createdAt, name, objects = [], ownerId = accountId, policy, versioning = 'off' } = given
  const versions = new Map<string, Version[]>()
  for (const object of objects) {
    const start = {
      versionId: object.versionId ?? (versioning === 'off' ? 'null' : newVersionId()),
      lastModified: wholeSecond(object.lastModified === undefined ? now : new Date(object.lastModified)),
    }
    const version: Version =
      'deleteMarker' in object ? { kind: 'marker', ...start } : { ...start, ...beginObject(object) }
    versions.set(object.key, [version, ...(versions.get(object.key) ?? [])])
  }
  return {
    name,
    region: given.region ?? region,
    ownerId,
    createdAt: wholeSecond(createdAt === undefined ? now : new Date(createdAt)),
    versioning,
    policy: policy === undefined ? null : readPolicy(typeof policy === 'string' ? policy : JSON.stringify(policy)),
    versions: new KeyIndex(versions),
    uploads: new Map(),
  }
}

// S3 keeps no parts of a second.
const wholeSecond = (date: Date): Date => new Date(Math.floor(date.getTime() / 1000) * 1000)

const longestHashed = 64 * 1024 ** 2
const assumedPart = 8 * 1024 ** 2

function beginObject(object: WorldObjectVersion): Omit<ObjectVersion, 'versionId' | 'lastModified'> {
  const {
    archiveStatus = null,
    checksum: wanted,
    contentEncoding,
    contentType,
    key,
    kms = null,
    metadata = {},
  } = object
  const body = bodyOf(object.content)
  const size = sizeOf(body)
  const storageClass = storageClasses.find((one) => one === (object.storageClass ?? 'STANDARD'))
  if (storageClass === undefined) throw new Error(`${key} is of an unknown storage class, ${object.storageClass}`)
  const [piece] = body
  const isMadeUp = piece?.kind === 'generated' && size > longestHashed
  // A terabyte of made-up bytes would have to be made up for its checksum.
  const checksum = wanted ?? (isMadeUp ? 'none' : 'CRC64NVME')
  return {
    kind: 'object',
    body,
    size,
    etag: isMadeUp ? once(() => madeUpEtag(piece.seed, size)) : once(() => md5Of(body)),
    checksum:
      checksum === 'none'
        ? null
        : { algorithm: checksum, type: 'FULL_OBJECT', value: once(() => checksumOfBody(checksum, body)) },
    storageClass,
    archiveStatus,
    restore: null,
    headers: {
      'content-type': contentType ?? 'binary/octet-stream',
      ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
    },
    metadata,
    parts: null,
    kms,
  }
}

async function madeUpEtag(seed: string, size: number): Promise<string> {
  const bytes = Buffer.from(`${seed} ${size}`)
  return `${await md5Of([{ kind: 'bytes', bytes, size: bytes.length }])}-${Math.ceil(size / assumedPart)}`
}

function bodyOf(content: WorldContent): Body {
  if ('path' in content) return [{ kind: 'file', path: content.path, size: statSync(content.path).size }]
  if ('seed' in content) return [{ kind: 'generated', seed: content.seed, size: content.sizeBytes }]
  const bytes = 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64')
  return [{ kind: 'bytes', bytes, size: bytes.length }]
}

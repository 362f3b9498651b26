import type { XmlElements } from '../../protocol/xml.ts'
import { s3Document, urlEncoded } from '../protocol/documents.ts'
import { invalidArgument } from '../protocol/s3-error.ts'
import { restoreOf } from '../store/objects.ts'
import type { Bucket, ObjectVersion, Version } from '../store/objects.ts'
import { fromMarker, list } from './listing.ts'
import type { From, Listed } from './listing.ts'
import { xml } from './operation.ts'
import type { Call, Operation } from './operation.ts'

const mostKeys = 1000

/** How a listing writes keys. */
export interface Wording {
  readonly encodingType: string | undefined
  /** A key as it is to stand in the document. */
  readonly key: (key: string) => string
}

export function readWording({ target: { query } }: Call): Wording {
  const encodingType = query.get('encoding-type')
  if (encodingType !== undefined && encodingType !== 'url') {
    throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request')
  }
  return { encodingType, key: encodingType === undefined ? (key) => key : urlEncoded }
}

/** How many a page has at most, and what the client had asked for. */
export function readMax({ target: { query } }: Call, name: string): { readonly max: number; readonly asked: number } {
  const text = query.get(name) ?? ''
  if (text === '') return { max: mostKeys, asked: mostKeys }
  if (!/^-?\d{1,10}$/.test(text))
    throw invalidArgument(name, text, `Provided ${name} not an integer or within integer range`)
  const asked = Number(text)
  if (asked < 0 || asked > 2 ** 31 - 1) {
    throw invalidArgument(name, text, `Argument ${name} must be an integer between 0 and 2147483647`)
  }
  return { max: Math.min(asked, mostKeys), asked }
}

// A key whose newest version is a delete marker is not there.
const present = ([top]: readonly Version[]): ObjectVersion | null => (top?.kind === 'object' ? top : null)

const tokenForm = /^(key|prefix):([\s\S]*)$/

// Opaque, as S3's are.
function tokenOf(from: From): string | undefined {
  if (from === null) return undefined
  const text = 'afterKey' in from ? `key:${from.afterKey}` : `prefix:${from.afterPrefix}`
  return Buffer.from(text).toString('base64')
}

function readToken(token: string): From {
  const [, kind, text = ''] = tokenForm.exec(Buffer.from(token, 'base64').toString()) ?? []
  if (kind === undefined) {
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect')
  }
  return kind === 'key' ? { afterKey: text } : { afterPrefix: text }
}

export const listObjectsV2: Operation = {
  name: 'ListObjectsV2',
  async run(call, bucket) {
    call.allow('s3:ListBucket', bucket)
    const { query } = call.target
    const wording = readWording(call)
    const { asked, max } = readMax(call, 'max-keys')
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const token = query.get('continuation-token')
    const startAfter = query.get('start-after')
    const from = token === undefined ? (startAfter ? { afterKey: startAfter } : null) : readToken(token)
    const found = list(bucket.versions, { prefix, delimiter, from, max }, present)
    const owner = query.get('fetch-owner') === 'true' ? bucket : null
    const document = s3Document('ListBucketResult', {
      Name: bucket.name,
      Prefix: wording.key(prefix),
      ContinuationToken: token,
      NextContinuationToken: tokenOf(found.next),
      StartAfter: startAfter === undefined ? undefined : wording.key(startAfter),
      KeyCount: found.entries.length + found.commonPrefixes.length,
      MaxKeys: Math.min(asked, mostKeys),
      Delimiter: delimiter === '' ? undefined : wording.key(delimiter),
      EncodingType: wording.encodingType,
      IsTruncated: found.next !== null,
      ...(await contents(call, found, wording, owner)),
    })
    return xml(document)
  },
}

/** The older listing, which says owners and goes on by keys. */
export const listObjects: Operation = {
  name: 'ListObjects',
  async run(call, bucket) {
    call.allow('s3:ListBucket', bucket)
    const { query } = call.target
    const wording = readWording(call)
    const { asked, max } = readMax(call, 'max-keys')
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const marker = query.get('marker') ?? ''
    const from = fromMarker(marker, prefix, delimiter)
    const found = list(bucket.versions, { prefix, delimiter, from, max }, present)
    // Without a delimiter the client knows the last key itself.
    const next = delimiter === '' || found.next === null ? null : found.next
    const nextMarker = next === null ? undefined : 'afterKey' in next ? next.afterKey : next.afterPrefix
    const document = s3Document('ListBucketResult', {
      Name: bucket.name,
      Prefix: wording.key(prefix),
      Marker: wording.key(marker),
      NextMarker: nextMarker === undefined ? undefined : wording.key(nextMarker),
      MaxKeys: Math.min(asked, mostKeys),
      Delimiter: delimiter === '' ? undefined : wording.key(delimiter),
      EncodingType: wording.encodingType,
      IsTruncated: found.next !== null,
      ...(await contents(call, found, wording, bucket)),
    })
    return xml(document)
  },
}

async function contents(
  { headers, now }: Call,
  { commonPrefixes, entries }: Listed<ObjectVersion>,
  wording: Wording,
  owner: Bucket | null,
): Promise<XmlElements> {
  const Contents: XmlElements[] = []
  for (const [key, version] of entries) {
    Contents.push({
      Key: wording.key(key),
      ...(await looks(version)),
      ...(owner === null ? {} : { Owner: ownerOf(owner) }),
      ...restoreStatus(headers, version, now),
    })
  }
  return { Contents, CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: wording.key(prefix) })) }
}

/** What every listing says of an object. */
export async function looks(version: ObjectVersion): Promise<XmlElements> {
  const { checksum, lastModified, size, storageClass } = version
  return {
    LastModified: lastModified.toISOString(),
    ETag: `"${await version.etag()}"`,
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    Size: size,
    StorageClass: storageClass,
  }
}

/** Who a bucket's objects belong to, as a canonical user id. */
export const ownerOf = ({ ownerId }: Bucket): XmlElements => ({ ID: canonicalId(ownerId) })

/** 64 hexadecimal digits that stand for an account. */
export const canonicalId = (accountId: string): string => accountId.padStart(16, '0').repeat(4)

/** Whether there is a copy of what is archived, where it was asked for. */
export function restoreStatus(headers: Call['headers'], version: ObjectVersion, now: Date): XmlElements {
  if (!(headers['x-amz-optional-object-attributes'] ?? '').includes('RestoreStatus')) return {}
  const restore = restoreOf(version, now)
  if (restore === null) return {}
  return {
    RestoreStatus: {
      IsRestoreInProgress: restore.expiresAt === null,
      RestoreExpiryDate: restore.expiresAt?.toISOString(),
    },
  }
}

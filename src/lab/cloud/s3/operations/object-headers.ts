import { headerOf } from '../checksums.ts'
import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import type { Headers } from '../protocol/incoming.ts'
import { isArchive, restoreOf, storageClasses } from '../store/objects.ts'
import type { Bucket, ObjectVersion, StorageClass } from '../store/objects.ts'

const kept = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type', 'expires']
const metadataPrefix = 'x-amz-meta-'
const largestMetadata = 2048

/** What a client says of an object that it makes. */
export interface Described {
  readonly headers: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: StorageClass
}

/** @throws S3Error MetadataTooLarge, InvalidStorageClass, NotImplemented */
export function readDescription(headers: Headers): Described {
  const metadata: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(headers)) {
    if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = value
  }
  const size = Object.entries(metadata).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  if (size > largestMetadata) {
    throw new S3Error('MetadataTooLarge', { details: { Size: size, MaxSizeAllowed: largestMetadata } })
  }
  refuseEncryption(headers)
  const found = kept.flatMap((name) => {
    const value = name === 'content-encoding' ? contentEncoding(headers[name]) : headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    headers: { 'content-type': 'binary/octet-stream', ...Object.fromEntries(found) },
    metadata,
    storageClass: readStorageClass(headers['x-amz-storage-class']),
  }
}

// `aws-chunked` is only how it came.
function contentEncoding(value: string | undefined): string | undefined {
  const left = (value ?? '').split(',').filter((one) => !['', 'aws-chunked'].includes(one.trim().toLowerCase()))
  return left.length === 0 ? undefined : left.join(',').trim()
}

function readStorageClass(value: string | undefined): StorageClass {
  const found = storageClasses.find((one) => one === (value ?? 'STANDARD'))
  if (found === undefined) throw new S3Error('InvalidStorageClass', { details: { StorageClassRequested: value } })
  return found
}

// What the lab can't do has to be refused: an object that only seems encrypted would be a trap.
function refuseEncryption(headers: Headers): void {
  const asked = headers['x-amz-server-side-encryption']
  const customer = Object.keys(headers).find((name) => name.startsWith('x-amz-server-side-encryption-customer'))
  if ((asked === undefined || asked === 'AES256') && customer === undefined) return
  if (asked !== undefined && !['aws:kms', 'aws:kms:dsse', 'AES256'].includes(asked)) {
    throw invalidArgument('x-amz-server-side-encryption', asked, 'The encryption method specified is not supported')
  }
  const details = { Header: customer ?? 'x-amz-server-side-encryption' }
  throw new S3Error('NotImplemented', { details })
}

/** What HEAD and GET say of an object, but for its length. */
export async function describe(
  version: ObjectVersion,
  bucket: Bucket,
  now: Date,
): Promise<Readonly<Record<string, string>>> {
  const { archiveStatus, kms, lastModified, metadata, storageClass, versionId } = version
  const own = Object.entries(metadata).map(([name, value]) => [`${metadataPrefix}${name}`, wire(value)] as const)
  const restore = isArchive(version) ? restoreOf(version, now) : null
  return {
    'accept-ranges': 'bytes',
    'last-modified': lastModified.toUTCString(),
    etag: `"${await version.etag()}"`,
    'x-amz-server-side-encryption': kms === null ? 'AES256' : 'aws:kms',
    ...wires(version.headers),
    ...Object.fromEntries(own),
    ...(storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': storageClass }),
    ...(archiveStatus === null ? {} : { 'x-amz-archive-status': archiveStatus }),
    ...(bucket.versioning === 'off' ? {} : { 'x-amz-version-id': versionId }),
    ...(restore === null ? {} : { 'x-amz-restore': restoreText(restore.expiresAt) }),
  }
}

function restoreText(expiresAt: Date | null): string {
  if (expiresAt === null) return 'ongoing-request="true"'
  return `ongoing-request="false", expiry-date="${expiresAt.toUTCString()}"`
}

/** The checksum, where the reader asked for it. */
export async function checksumHeaders({ checksum }: ObjectVersion): Promise<Readonly<Record<string, string>>> {
  if (checksum === null) return {}
  return { [headerOf(checksum.algorithm)]: await checksum.value(), 'x-amz-checksum-type': checksum.type }
}

/** Headers go over the wire byte by byte, and these may be UTF-8. */
const wire = (value: string): string => Buffer.from(value).toString('latin1')

const wires = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, wire(value)]))

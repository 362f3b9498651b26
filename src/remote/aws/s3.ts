// S3's calls as commands: what to send, and the reading of what comes back. Nothing is sent here.
import type {
  HeadBucketCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  RestoreObjectCommandInput,
  RestoreStatus,
} from '@aws-sdk/client-s3'
import type { AwsCommand, S3Object } from '../command.ts'

/** How soon a copy of an archived object is wanted (RestoreObject). */
export const retrievalTiers = ['Standard', 'Bulk', 'Expedited'] as const

export type RetrievalTier = (typeof retrievalTiers)[number]

/** A copy of an archived object: on its way, or there until an instant (ISO UTC). */
export interface ArchiveCopy {
  readonly underway: boolean
  readonly until: string | null
}

/** An object as listings show it. */
export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
  /** Without its quotes. */
  readonly etag: string
  /** When its upload ended, ISO UTC; of one in parts, when that began. */
  readonly modifiedAt: string
  readonly storageClass: string
  readonly copy: ArchiveCopy | null
}

export interface StoredVersion extends StoredObject {
  readonly versionId: string
  readonly isLatest: boolean
}

/** What stands in an object's place where it was deleted and its versions are kept. */
export interface DeleteMarker {
  readonly key: string
  readonly versionId: string
  readonly isLatest: boolean
  readonly at: string
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names what the parsers may expect
const call = <Output, T>(
  action: string,
  input: object,
  parse: (output: Output) => T,
  nextPage?: (page: Output) => object | undefined,
): AwsCommand<T> => ({
  kind: 'aws',
  service: 's3',
  action,
  input,
  reads: true,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's answer has the type its action is given here
  parse: (output) => parse(output as Output),
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  ...(nextPage === undefined ? {} : { nextPage: (page: unknown) => nextPage(page as Output) }),
})

/** Keys are asked for in URL encoding: XML has no way to write all of their characters. */
const decoded = (text: string | undefined): string => decodeURIComponent((text ?? '').replaceAll('+', ' '))

/**
 * The key that the next page begins after, of which AWS makes a URL as of all keys. Ceph's RGW writes it as it is: what is
 * also the last key of the page, decoded, is not decoded once more.
 */
const marker = (next: string | undefined, ...last: readonly ({ readonly Key?: string | undefined } | undefined)[]) =>
  last.some((each) => each !== undefined && decoded(each.Key) === next) ? next : decoded(next)

const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '')

const iso = (at: Date | undefined): string => at?.toISOString() ?? ''

interface Listed {
  readonly Key?: string | undefined
  readonly Size?: number | undefined
  readonly ETag?: string | undefined
  readonly LastModified?: Date | undefined
  readonly StorageClass?: string | undefined
  readonly RestoreStatus?: RestoreStatus | undefined
}

const objectOf = ({ Key, Size, ETag, LastModified, StorageClass, RestoreStatus: copy }: Listed): StoredObject => ({
  key: decoded(Key),
  sizeBytes: Size ?? 0,
  etag: unquoted(ETag),
  modifiedAt: iso(LastModified),
  storageClass: StorageClass ?? 'STANDARD',
  copy:
    copy === undefined
      ? null
      : { underway: copy.IsRestoreInProgress ?? false, until: copy.RestoreExpiryDate?.toISOString() ?? null },
})

/**
 * All objects below a prefix, in the order of their keys' bytes (ListObjectsV2, needs s3:ListBucket). A hundred thousand are
 * a hundred pages.
 */
export const listObjects = (bucket: string, prefix: string): AwsCommand<StoredObject[]> => {
  const input: ListObjectsV2CommandInput = {
    Bucket: bucket,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    MaxKeys: 1000,
    EncodingType: 'url',
    OptionalObjectAttributes: ['RestoreStatus'],
  }
  return call(
    'ListObjectsV2',
    input,
    (output: ListObjectsV2CommandOutput) => (output.Contents ?? []).map(objectOf),
    ({ IsTruncated, NextContinuationToken }) =>
      IsTruncated === true && NextContinuationToken !== undefined
        ? { ContinuationToken: NextContinuationToken }
        : undefined,
  )
}

/** All versions and delete markers below a prefix, of each key the newest first (ListObjectVersions, needs s3:ListBucketVersions). */
export const listVersions = (
  bucket: string,
  prefix: string,
): AwsCommand<{ versions: StoredVersion[]; markers: DeleteMarker[] }> => {
  const input: ListObjectVersionsCommandInput = {
    Bucket: bucket,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    MaxKeys: 1000,
    EncodingType: 'url',
    OptionalObjectAttributes: ['RestoreStatus'],
  }
  return call(
    'ListObjectVersions',
    input,
    ({ Versions, DeleteMarkers }: ListObjectVersionsCommandOutput) => ({
      versions: (Versions ?? []).map((each) => ({
        ...objectOf(each),
        versionId: each.VersionId ?? 'null',
        isLatest: each.IsLatest ?? false,
      })),
      markers: (DeleteMarkers ?? []).map((each) => ({
        key: decoded(each.Key),
        versionId: each.VersionId ?? 'null',
        isLatest: each.IsLatest ?? false,
        at: iso(each.LastModified),
      })),
    }),
    ({ IsTruncated, NextKeyMarker, NextVersionIdMarker, Versions, DeleteMarkers }) =>
      IsTruncated === true
        ? {
            KeyMarker: marker(NextKeyMarker, Versions?.at(-1), DeleteMarkers?.at(-1)),
            VersionIdMarker: NextVersionIdMarker,
          }
        : undefined,
  )
}

/** Uploads in parts that were begun below a prefix and not ended (ListMultipartUploads, needs s3:ListBucketMultipartUploads). */
export const listUploads = (bucket: string, prefix: string): AwsCommand<{ key: string; startedAt: string }[]> => {
  const input: ListMultipartUploadsCommandInput = {
    Bucket: bucket,
    ...(prefix === '' ? {} : { Prefix: prefix }),
    MaxUploads: 1000,
    EncodingType: 'url',
  }
  return call(
    'ListMultipartUploads',
    input,
    (output: ListMultipartUploadsCommandOutput) =>
      (output.Uploads ?? []).map(({ Key, Initiated }) => ({ key: decoded(Key), startedAt: iso(Initiated) })),
    ({ IsTruncated, NextKeyMarker, NextUploadIdMarker, Uploads }) =>
      IsTruncated === true
        ? { KeyMarker: marker(NextKeyMarker, Uploads?.at(-1)), UploadIdMarker: NextUploadIdMarker }
        : undefined,
  )
}

const algorithms = ['CRC64NVME', 'SHA256', 'SHA1', 'CRC32C', 'CRC32'] as const

export interface ObjectHead {
  readonly sizeBytes: number
  /** Without its quotes. */
  readonly etag: string
  readonly modifiedAt: string
  readonly versionId: string | null
  readonly storageClass: string
  /** Where INTELLIGENT_TIERING has moved it, if into an archive: `ARCHIVE_ACCESS` or `DEEP_ARCHIVE_ACCESS`. */
  readonly archiveStatus: string | null
  readonly copy: ArchiveCopy | null
  /** `AES256`, `aws:kms`, `aws:kms:dsse`; null where S3 does not say. */
  readonly encryption: string | null
  /** Base64, as S3 keeps it. `COMPOSITE`: of its parts' checksums, with their number after a dash. */
  readonly checksum: {
    readonly algorithm: (typeof algorithms)[number]
    readonly type: string
    readonly value: string
  } | null
}

/** Reads `x-amz-restore`: `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"` (API_HeadObject). */
export function parseRestore(header: string | undefined): ArchiveCopy | null {
  const underway = /ongoing-request="(true|false)"/.exec(header ?? '')?.[1]
  if (underway === undefined) return null
  const until = new Date(/expiry-date="([^"]*)"/.exec(header ?? '')?.[1] ?? '')
  return { underway: underway === 'true', until: Number.isNaN(until.getTime()) ? null : until.toISOString() }
}

function headOf(output: HeadObjectCommandOutput): ObjectHead {
  const algorithm = algorithms.find((each) => output[`Checksum${each}`] !== undefined)
  return {
    sizeBytes: output.ContentLength ?? 0,
    etag: unquoted(output.ETag),
    modifiedAt: iso(output.LastModified),
    versionId: output.VersionId ?? null,
    storageClass: output.StorageClass ?? 'STANDARD',
    archiveStatus: output.ArchiveStatus ?? null,
    copy: parseRestore(output.Restore),
    encryption: output.ServerSideEncryption ?? null,
    checksum:
      algorithm === undefined
        ? null
        : { algorithm, type: output.ChecksumType ?? 'FULL_OBJECT', value: output[`Checksum${algorithm}`] ?? '' },
  }
}

/** What S3 says of one object (HeadObject, needs s3:GetObject; of a version s3:GetObjectVersion; under KMS kms:Decrypt). */
export const headObject = (bucket: string, key: string, versionId: string | null = null): AwsCommand<ObjectHead> => {
  const input: HeadObjectCommandInput = {
    Bucket: bucket,
    Key: key,
    ...(versionId === null ? {} : { VersionId: versionId }),
    ChecksumMode: 'ENABLED',
  }
  return call('HeadObject', input, headOf)
}

/**
 * The bytes of one of the parts that an object was uploaded in (HeadObject with a part's number, from 1; needs what reading it
 * does). All of its bytes where it was not, or where the endpoint knows of no parts.
 */
export const partSize = (bucket: string, key: string, versionId: string | null, part: number): AwsCommand<number> => {
  const input: HeadObjectCommandInput = {
    Bucket: bucket,
    Key: key,
    ...(versionId === null ? {} : { VersionId: versionId }),
    PartNumber: part,
  }
  return call('HeadObject', input, ({ ContentLength }: HeadObjectCommandOutput) => ContentLength ?? 0)
}

/**
 * Where a bucket is (HeadBucket). S3 says so also to who may not look into it: `refused` then, for want of s3:ListBucket or
 * because of a policy. GetBucketLocation would need a permission that few have.
 */
export const bucketRegion = (bucket: string): AwsCommand<{ region: string | null; refused: boolean }> =>
  call('HeadBucket', { Bucket: bucket }, (output: HeadBucketCommandOutput & { readonly Refused?: boolean }) => ({
    region: output.BucketRegion ?? null,
    refused: output.Refused ?? false,
  }))

/** Asks for a copy of an archived object, for so many days (RestoreObject). `Expedited` is not for every class. */
export const restoreObject = (
  { bucket, key, versionId }: Pick<S3Object, 'bucket' | 'key' | 'versionId'>,
  days: number,
  tier: RetrievalTier = 'Standard',
): AwsCommand<unknown> => {
  const input: RestoreObjectCommandInput = {
    Bucket: bucket,
    Key: key,
    ...(versionId === null ? {} : { VersionId: versionId }),
    RestoreRequest: { Days: days, GlacierJobParameters: { Tier: tier } },
  }
  return { ...call('RestoreObject', input, (output: unknown) => output), reads: false }
}

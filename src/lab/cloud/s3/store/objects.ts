import { createHash, randomBytes } from 'node:crypto'
import type { CloudState } from '../../state/cloud-state.ts'
import type { KmsRule } from '../../world.ts'
import type { Algorithm } from '../checksums.ts'
import type { Policy } from '../access/policy.ts'
import type { Bodies, Body } from './bodies.ts'
import { readBody } from './bodies.ts'
import type { KeyIndex } from './key-index.ts'

/** One version of an object, or a delete marker in its place. Records are replaced, never changed in place. */
export type Version = ObjectVersion | DeleteMarker

interface DeleteMarker {
  readonly kind: 'marker'
  readonly versionId: string
  readonly lastModified: Date
}

export interface ObjectVersion {
  readonly kind: 'object'
  /** `null` for one from a time without versioning. */
  readonly versionId: string
  readonly lastModified: Date
  readonly body: Body
  readonly size: number
  /** Without its quotes. Of a large body that a world brought it is not known before somebody asks. */
  readonly etag: () => Promise<string>
  readonly checksum: StoredChecksum | null
  readonly storageClass: StorageClass
  /** Where a class that moves objects by itself has moved it. */
  readonly archiveStatus: 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS' | null
  readonly restore: Restore | null
  /** Headers that come back as they were given, such as `content-type`, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** By name without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  /** The sizes of its parts; null if it was not uploaded in parts. */
  readonly parts: readonly number[] | null
  readonly kms: KmsRule | null
}

export interface StoredChecksum {
  readonly algorithm: Algorithm
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
  /** In base64; a composite one has its number of parts behind a dash. */
  readonly value: () => Promise<string>
}

/** A copy out of the archive: on its way while `expiresAt` is null, and gone from then on. */
export interface Restore {
  readonly requestedAt: Date
  readonly expiresAt: Date | null
}

export const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
] as const
export type StorageClass = (typeof storageClasses)[number]

export interface Bucket {
  readonly name: string
  readonly region: string
  readonly ownerId: string
  readonly createdAt: Date
  versioning: 'off' | 'Enabled' | 'Suspended'
  policy: Policy | null
  /** All versions of a key, the newest first; never none. */
  readonly versions: KeyIndex<readonly Version[]>
  readonly uploads: Map<string, Upload>
}

/** An upload in parts that is under way. */
export interface Upload {
  readonly uploadId: string
  readonly key: string
  readonly startedAt: Date
  readonly storageClass: StorageClass
  readonly headers: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
  /** Null if the client asked for none; the whole object gets S3's own then. */
  readonly checksum: { readonly algorithm: Algorithm; readonly type: StoredChecksum['type'] } | null
  readonly parts: Map<number, Part>
}

export interface Part {
  readonly body: Body
  readonly size: number
  readonly md5: Buffer
  readonly checksum: { readonly algorithm: Algorithm; readonly value: Buffer } | null
  readonly lastModified: Date
}

export interface S3State {
  readonly cloud: CloudState
  readonly buckets: Map<string, Bucket>
  readonly bodies: Bodies
}

/** As opaque as S3's own. */
export const newVersionId = (): string => randomBytes(24).toString('base64url')

/** The newest version of a key, also a delete marker. */
export const newest = (bucket: Bucket, key: string): Version | null => bucket.versions.get(key)?.[0] ?? null

/** Whether a class keeps objects where they have to be fetched from first. */
export const isArchive = ({ archiveStatus, storageClass }: ObjectVersion): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE' || archiveStatus !== null

/** The restore as it is at that moment; one that has expired is none. */
export function restoreOf({ restore }: ObjectVersion, now: Date): Restore | null {
  return restore !== null && restore.expiresAt !== null && restore.expiresAt <= now ? null : restore
}

/** Whether its bytes can't be read now. */
export const isCold = (version: ObjectVersion, now: Date): boolean =>
  isArchive(version) && (restoreOf(version, now)?.expiresAt ?? null) === null

/** Puts a version on top of a key's others, or in place of the one that a bucket without versioning has. */
export async function addVersion({ bodies }: S3State, bucket: Bucket, key: string, version: Version): Promise<void> {
  const before = bucket.versions.get(key) ?? []
  const replaced = version.versionId === 'null' ? before.filter(({ versionId }) => versionId === 'null') : []
  bucket.versions.set(key, [version, ...before.filter((one) => !replaced.includes(one))])
  for (const old of replaced) if (old.kind === 'object') await bodies.release(old.body)
}

/** Removes one version for good, if it is there. @returns what it was */
export async function removeVersion(
  { bodies }: S3State,
  bucket: Bucket,
  key: string,
  versionId: string,
): Promise<Version | null> {
  const before = bucket.versions.get(key) ?? []
  const gone = before.find((version) => version.versionId === versionId)
  if (gone === undefined) return null
  const left = before.filter((version) => version !== gone)
  if (left.length === 0) bucket.versions.delete(key)
  else bucket.versions.set(key, left)
  if (gone.kind === 'object') await bodies.release(gone.body)
  return gone
}

/** Puts a changed record in place of a version, if that is still there. */
export function changeVersion(bucket: Bucket, key: string, version: Version, change: Partial<ObjectVersion>): void {
  const before = bucket.versions.get(key) ?? []
  const changed = before.map((one) =>
    one.versionId === version.versionId && one.kind === 'object' ? { ...one, ...change } : one,
  )
  if (changed.length > 0) bucket.versions.set(key, changed)
}

/** What is made only when it is first asked for, and once. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}

export async function md5Of(body: Body): Promise<string> {
  const hash = createHash('md5')
  for await (const bytes of readBody(body)) hash.update(bytes)
  return hash.digest('hex')
}

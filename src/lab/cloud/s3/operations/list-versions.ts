import type { XmlElements } from '../../protocol/xml.ts'
import { s3Document } from '../protocol/documents.ts'
import { invalidArgument } from '../protocol/s3-error.ts'
import type { Bucket, Version } from '../store/objects.ts'
import { looks, ownerOf, readMax, readWording, restoreStatus } from './list-objects.ts'
import { fromMarker, list } from './listing.ts'
import type { From } from './listing.ts'
import { xml } from './operation.ts'
import type { Operation } from './operation.ts'

interface Page {
  /** Versions, delete markers and common prefixes, in the order of keys and from the newest to the oldest. */
  readonly versions: readonly (readonly [key: string, version: Version, isLatest: boolean])[]
  readonly commonPrefixes: readonly string[]
  readonly next: { readonly key: string; readonly versionId: string | undefined } | null
}

export const listObjectVersions: Operation = {
  name: 'ListObjectVersions',
  async run(call, bucket) {
    call.allow('s3:ListBucketVersions', bucket)
    const { query } = call.target
    const wording = readWording(call)
    const { asked, max } = readMax(call, 'max-keys')
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const keyMarker = query.get('key-marker') ?? ''
    const versionMarker = query.get('version-id-marker') ?? ''
    if (versionMarker !== '' && keyMarker === '') {
      const message = 'A version-id marker cannot be specified without a key marker.'
      throw invalidArgument('version-id-marker', versionMarker, message)
    }
    const page = pageOf(bucket, { prefix, delimiter, keyMarker, versionMarker, max })
    const Version: XmlElements[] = []
    const DeleteMarker: XmlElements[] = []
    for (const [key, version, isLatest] of page.versions) {
      const { lastModified, versionId } = version
      const shown = { Key: wording.key(key), VersionId: versionId, IsLatest: isLatest, Owner: ownerOf(bucket) }
      if (version.kind === 'object')
        Version.push({ ...shown, ...(await looks(version)), ...restoreStatus(call.headers, version, call.now) })
      else DeleteMarker.push({ ...shown, LastModified: lastModified.toISOString() })
    }
    const document = s3Document('ListVersionsResult', {
      Name: bucket.name,
      Prefix: wording.key(prefix),
      KeyMarker: wording.key(keyMarker),
      VersionIdMarker: versionMarker,
      NextKeyMarker: page.next === null ? undefined : wording.key(page.next.key),
      NextVersionIdMarker: page.next?.versionId,
      MaxKeys: Math.min(asked, 1000),
      Delimiter: delimiter === '' ? undefined : wording.key(delimiter),
      EncodingType: wording.encodingType,
      IsTruncated: page.next !== null,
      Version,
      DeleteMarker,
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: wording.key(common) })),
    })
    return xml(document)
  },
}

interface Asked {
  readonly prefix: string
  readonly delimiter: string
  readonly keyMarker: string
  readonly versionMarker: string
  readonly max: number
}

function pageOf(bucket: Bucket, asked: Asked): Page {
  const { delimiter, keyMarker, max, prefix, versionMarker } = asked
  const versions: [string, Version, boolean][] = []
  const commonPrefixes: string[] = []
  let next: Page['next'] = null
  // The rest of a key that the last page ended in.
  const rest = versionMarker === '' ? [] : olderThan(bucket, keyMarker, versionMarker)
  let from: From = fromMarker(keyMarker, prefix, delimiter)
  const add = (key: string, all: readonly Version[], from0: number): boolean => {
    for (const [n, version] of all.entries()) {
      if (versions.length + commonPrefixes.length >= max) return false
      versions.push([key, version, from0 + n === 0])
      next = { key, versionId: version.versionId }
    }
    return true
  }
  const total = bucket.versions.get(keyMarker)?.length ?? 0
  if (max === 0) return { versions, commonPrefixes, next: null }
  if (!add(keyMarker, rest, total - rest.length)) return { versions, commonPrefixes, next }
  for (;;) {
    // One more than fits tells whether there is more.
    const found = list(bucket.versions, { prefix, delimiter, from, max: 1 }, (all) => all)
    const [common] = found.commonPrefixes
    const [entry] = found.entries
    if (common === undefined && entry === undefined) return { versions, commonPrefixes, next: null }
    if (versions.length + commonPrefixes.length >= max) return { versions, commonPrefixes, next }
    if (common !== undefined) {
      commonPrefixes.push(common)
      next = { key: common, versionId: undefined }
      from = { afterPrefix: common }
    } else if (entry !== undefined) {
      if (!add(entry[0], entry[1], 0)) return { versions, commonPrefixes, next }
      from = { afterKey: entry[0] }
    }
  }
}

function olderThan(bucket: Bucket, key: string, versionId: string): readonly Version[] {
  const all = bucket.versions.get(key) ?? []
  const at = all.findIndex((version) => version.versionId === versionId)
  return at === -1 ? [] : all.slice(at + 1)
}

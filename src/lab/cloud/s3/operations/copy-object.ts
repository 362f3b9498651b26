import { algorithms, elementOf } from '../checksums.ts'
import { s3Document } from '../protocol/documents.ts'
import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import { md5Of, once } from '../store/objects.ts'
import type { ObjectVersion } from '../store/objects.ts'
import { checksumOfBody } from './body-checksum.ts'
import { findSource, sourceHeader } from './copy-source.ts'
import type { Source } from './copy-source.ts'
import { readDescription } from './object-headers.ts'
import { xml } from './operation.ts'
import type { Call, Operation } from './operation.ts'
import { fresh, place, versionHeader } from './put-object.ts'

const largestCopy = 5 * 1024 ** 3

/** Copies within S3. The copy shares the source's bytes, and its ETag is an MD5 again whatever the source's was. */
export const copyObject: Operation = {
  name: 'CopyObject',
  async run(call, bucket) {
    const { headers, state } = call
    const { key } = call.target
    call.allow('s3:PutObject', bucket, key)
    const source = await findSource(call)
    if (source.version.size > largestCopy) {
      const message = `The specified copy source is larger than the maximum allowable size for a copy source: ${largestCopy}`
      throw new S3Error('InvalidRequest', { message })
    }
    const directive = headers['x-amz-metadata-directive'] ?? 'COPY'
    if (directive !== 'COPY' && directive !== 'REPLACE') {
      throw invalidArgument('x-amz-metadata-directive', directive, 'Unknown metadata directive.')
    }
    const described = readDescription(headers)
    if (source.bucket === bucket && source.key === key && directive === 'COPY' && changesNothing(call, source)) {
      const message =
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        'metadata, storage class, website redirect location or encryption attributes.'
      throw new S3Error('InvalidRequest', { message })
    }
    const { body, size } = source.version
    const algorithm =
      readAlgorithm(headers['x-amz-checksum-algorithm']) ?? source.version.checksum?.algorithm ?? 'CRC64NVME'
    const version: ObjectVersion = {
      ...fresh(call, bucket),
      ...(directive === 'REPLACE'
        ? described
        : { ...described, headers: source.version.headers, metadata: source.version.metadata }),
      body,
      size,
      etag: source.version.parts === null ? source.version.etag : once(() => md5Of(body)),
      checksum: { algorithm, type: 'FULL_OBJECT', value: once(() => checksumOfBody(algorithm, body)) },
    }
    state.bodies.hold(body)
    await place(call, bucket, key, version)
    const document = s3Document('CopyObjectResult', {
      LastModified: version.lastModified.toISOString(),
      ETag: `"${await version.etag()}"`,
      [elementOf(algorithm)]: await version.checksum?.value(),
      ChecksumType: 'FULL_OBJECT',
    })
    return xml(document, { ...versionHeader(bucket, version), ...sourceHeader(source) })
  },
}

// An older version copied over itself is brought back by that.
function changesNothing({ headers }: Call, { bucket, key, version }: Source): boolean {
  const isNewest = bucket.versions.get(key)?.[0] === version
  return isNewest && (headers['x-amz-storage-class'] ?? version.storageClass) === version.storageClass
}

/** @throws S3Error InvalidRequest for one that S3 has not */
export function readAlgorithm(text: string | undefined): (typeof algorithms)[number] | null {
  if (text === undefined) return null
  const found = algorithms.find((one) => one === text.toUpperCase())
  if (found !== undefined) return found
  throw new S3Error('InvalidRequest', {
    message:
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  })
}

import { createHash, randomBytes } from 'node:crypto'
import { elementOf, headerOf } from '../checksums.ts'
import type { Algorithm } from '../checksums.ts'
import { s3Document } from '../protocol/documents.ts'
import { invalidArgument, S3Error } from '../protocol/s3-error.ts'
import { readBody } from '../store/bodies.ts'
import type { Bucket, Part, StoredChecksum, Upload } from '../store/objects.ts'
import { checksumOfBody } from './body-checksum.ts'
import { readAlgorithm } from './copy-object.ts'
import { findSource, sourceHeader } from './copy-source.ts'
import { findUpload } from './find.ts'
import { readDescription } from './object-headers.ts'
import { nothing, xml } from './operation.ts'
import type { Call, Operation } from './operation.ts'
import { receive } from './put-object.ts'

export const createMultipartUpload: Operation = {
  name: 'CreateMultipartUpload',
  run(call, bucket) {
    const { headers, now } = call
    const { key } = call.target
    call.allow('s3:PutObject', bucket, key)
    const checksum = readChecksum(call)
    const upload: Upload = {
      ...readDescription(headers),
      uploadId: randomBytes(48).toString('base64url'),
      key,
      startedAt: new Date(Math.floor(now.getTime() / 1000) * 1000),
      checksum,
      parts: new Map(),
    }
    bucket.uploads.set(upload.uploadId, upload)
    const document = s3Document('InitiateMultipartUploadResult', {
      Bucket: bucket.name,
      Key: key,
      UploadId: upload.uploadId,
    })
    const said: Record<string, string> =
      checksum === null ? {} : { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }
    return Promise.resolve(xml(document, said))
  },
}

function readChecksum({ headers }: Call): Upload['checksum'] {
  const algorithm = readAlgorithm(headers['x-amz-checksum-algorithm'])
  const type = headers['x-amz-checksum-type']?.toUpperCase()
  if (type !== undefined && type !== 'COMPOSITE' && type !== 'FULL_OBJECT') {
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-checksum-type header is invalid.' })
  }
  if (algorithm === null) {
    if (type === undefined) return null
    const message = 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.'
    throw new S3Error('InvalidRequest', { message })
  }
  const only: StoredChecksum['type'] | null =
    algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : algorithm.startsWith('SHA') ? 'COMPOSITE' : null
  if (type !== undefined && only !== null && type !== only) {
    const message = `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`
    throw new S3Error('InvalidRequest', { message })
  }
  return { algorithm, type: type ?? only ?? 'COMPOSITE' }
}

export const uploadPart: Operation = {
  name: 'UploadPart',
  async run(call, bucket) {
    const { state } = call
    const { upload, number } = findPlace(call, bucket)
    const { piece, received } = await receive(call, upload.checksum?.algorithm)
    const { algorithm, checksum, md5, wasExpected } = received
    if (wasExpected && upload.checksum !== null && upload.checksum.algorithm !== algorithm) {
      await state.bodies.release([piece])
      throw mixed(upload.checksum.algorithm, algorithm)
    }
    const keeps = wasExpected || upload.checksum !== null
    await keepPart(call, bucket, upload, number, {
      body: [piece],
      size: piece.size,
      md5,
      checksum: keeps ? { algorithm, value: checksum } : null,
      lastModified: call.now,
    })
    const said: Record<string, string> = keeps ? { [headerOf(algorithm)]: checksum.toString('base64') } : {}
    return nothing(200, { etag: `"${md5.toString('hex')}"`, ...said })
  },
}

function mixed(wanted: Algorithm, given: Algorithm): S3Error {
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, actual checksum Type: ${given.toLowerCase()}`
  return new S3Error('InvalidRequest', { message })
}

export const uploadPartCopy: Operation = {
  name: 'UploadPartCopy',
  async run(call, bucket) {
    const { state } = call
    const { number, upload } = findPlace(call, bucket)
    const source = await findSource(call)
    const { from, to } = readSourceRange(call.headers['x-amz-copy-source-range'], source.version.size)
    const hash = createHash('md5')
    const piece = await state.bodies.keep(
      (async function* () {
        for await (const bytes of readBody(source.version.body, from, to)) {
          hash.update(bytes)
          yield bytes
        }
      })(),
    )
    const algorithm = upload.checksum?.algorithm ?? null
    const value = algorithm === null ? null : Buffer.from(await checksumOfBody(algorithm, [piece]), 'base64')
    const md5 = hash.digest()
    await keepPart(call, bucket, upload, number, {
      body: [piece],
      size: piece.size,
      md5,
      checksum: algorithm === null || value === null ? null : { algorithm, value },
      lastModified: call.now,
    })
    const document = s3Document('CopyPartResult', {
      LastModified: call.now.toISOString(),
      ETag: `"${md5.toString('hex')}"`,
      ...(algorithm === null || value === null ? {} : { [elementOf(algorithm)]: value.toString('base64') }),
    })
    return xml(document, sourceHeader(source))
  },
}

function readSourceRange(text: string | undefined, size: number): { readonly from: number; readonly to: number } {
  if (text === undefined) return { from: 0, to: size }
  const [, first = '', last = ''] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text) ?? []
  const [from, to] = [Number(first), Number(last) + 1]
  if (first === '' || from >= to) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
    throw invalidArgument('x-amz-copy-source-range', text, message)
  }
  if (to > size) {
    throw invalidArgument(
      'x-amz-copy-source-range',
      text,
      `Range specified is not valid for source object of size: ${size}`,
    )
  }
  return { from, to }
}

function findPlace(call: Call, bucket: Bucket): { readonly upload: Upload; readonly number: number } {
  const { key, query } = call.target
  call.allow('s3:PutObject', bucket, key)
  const text = query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > 10_000) {
    throw invalidArgument('partNumber', text, 'Part number must be an integer between 1 and 10000, inclusive')
  }
  return { upload: findUpload(bucket, key, query.get('uploadId')), number }
}

// The upload may have ended while the part came. A part that came twice is the later one.
async function keepPart({ state }: Call, bucket: Bucket, upload: Upload, number: number, part: Part): Promise<void> {
  if (bucket.uploads.get(upload.uploadId) !== upload) {
    await state.bodies.release(part.body)
    throw new S3Error('NoSuchUpload', { details: { UploadId: upload.uploadId } })
  }
  const before = upload.parts.get(number)
  upload.parts.set(number, part)
  if (before !== undefined) await state.bodies.release(before.body)
}

export const abortMultipartUpload: Operation = {
  name: 'AbortMultipartUpload',
  async run(call, bucket) {
    const { key, query } = call.target
    call.allow('s3:AbortMultipartUpload', bucket, key)
    const upload = findUpload(bucket, key, query.get('uploadId'))
    bucket.uploads.delete(upload.uploadId)
    for (const part of upload.parts.values()) await call.state.bodies.release(part.body)
    return nothing(204)
  },
}

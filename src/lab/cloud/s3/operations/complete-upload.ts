import { createHash } from 'node:crypto'
import { algorithms, checksumOf, elementOf, headerOf } from '../checksums.ts'
import { readDocument, s3Document } from '../protocol/documents.ts'
import type { Element } from '../protocol/documents.ts'
import { S3Error } from '../protocol/s3-error.ts'
import { once } from '../store/objects.ts'
import type { ObjectVersion, Part, StoredChecksum, Upload } from '../store/objects.ts'
import { checksumOfBody } from './body-checksum.ts'
import { findUpload } from './find.ts'
import { xml } from './operation.ts'
import type { Operation } from './operation.ts'
import { checkCurrent, fresh, place, versionHeader } from './put-object.ts'

const smallestPart = 5 * 1024 ** 2

/** Makes one object of the parts that are named; the others go. */
export const completeMultipartUpload: Operation = {
  name: 'CompleteMultipartUpload',
  foreignChecksum: true,
  async run(call, bucket) {
    const { headers, state } = call
    const { key, query } = call.target
    call.allow('s3:PutObject', bucket, key)
    const document = readDocument(await call.incoming.text(), 'CompleteMultipartUpload')
    const upload = findUpload(bucket, key, query.get('uploadId'))
    const parts = chosenParts(document, upload)
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    checkSize(headers['x-amz-mp-object-size'], size)
    const body = parts.flatMap((part) => part.body)
    const checksum = wholeChecksum(upload, parts)
    await checkWhole(checksum, headers)
    await checkCurrent(call, bucket, key)
    // Somebody else may have ended it meanwhile.
    findUpload(bucket, key, upload.uploadId)
    bucket.uploads.delete(upload.uploadId)
    const md5 = createHash('md5')
      .update(Buffer.concat(parts.map((part) => part.md5)))
      .digest('hex')
    const etag = `${md5}-${parts.length}`
    const version: ObjectVersion = {
      ...fresh(call, bucket),
      headers: upload.headers,
      metadata: upload.metadata,
      storageClass: upload.storageClass,
      body,
      size,
      etag: () => Promise.resolve(etag),
      checksum,
      parts: parts.map((part) => part.size),
    }
    state.bodies.hold(body)
    for (const part of upload.parts.values()) await state.bodies.release(part.body)
    await place(call, bucket, key, version)
    const result = s3Document('CompleteMultipartUploadResult', {
      Location: `http://${headers['host'] ?? ''}${call.target.path}`,
      Bucket: bucket.name,
      Key: key,
      ETag: `"${etag}"`,
      [elementOf(checksum.algorithm)]: await checksum.value(),
      ChecksumType: checksum.type,
    })
    return xml(result, versionHeader(bucket, version))
  },
}

function chosenParts(document: Element, upload: Upload): readonly Part[] {
  const named = document.all('Part')
  if (named.length === 0 || named.length > 10_000) throw new S3Error('MalformedXML')
  const numbers = named.map((one) => {
    const text = one.text('PartNumber')?.trim() ?? ''
    if (!/^\d{1,5}$/.test(text)) throw new S3Error('MalformedXML')
    return Number(text)
  })
  if (numbers.some((number, n) => n > 0 && number <= (numbers[n - 1] ?? 0))) throw new S3Error('InvalidPartOrder')
  return named.map((one, n) => chosen(one, numbers[n] ?? 0, n === named.length - 1, upload))
}

function chosen(named: Element, number: number, isLast: boolean, upload: Upload): Part {
  const etag = named.text('ETag')?.replaceAll('"', '').trim()
  const part = upload.parts.get(number)
  const details = { UploadId: upload.uploadId, PartNumber: number, ETag: etag }
  if (part === undefined || part.md5.toString('hex') !== etag) throw new S3Error('InvalidPart', { details })
  checkPart(named, number, part, upload)
  if (!isLast && part.size < smallestPart) {
    const sizes = { ProposedSize: part.size, MinSizeAllowed: smallestPart }
    throw new S3Error('EntityTooSmall', { details: { ...sizes, PartNumber: number, ETag: etag } })
  }
  return part
}

function checkPart(named: Element, number: number, part: Part, { checksum, uploadId }: Upload): void {
  for (const algorithm of algorithms) {
    const given = named.text(elementOf(algorithm))
    if (given === undefined) continue
    const is = part.checksum?.algorithm === algorithm ? part.checksum.value.toString('base64') : undefined
    if (is !== given) throw new S3Error('InvalidPart', { details: { UploadId: uploadId, PartNumber: number } })
  }
  if (checksum?.type !== 'COMPOSITE' || named.text(elementOf(checksum.algorithm)) !== undefined) return
  const name = checksum.algorithm.toLowerCase()
  const message = `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`
  throw new S3Error('InvalidRequest', { message })
}

function checkSize(said: string | undefined, size: number): void {
  if (said === undefined || Number(said) === size) return
  const message = `The provided 'x-amz-mp-object-size' header value ${said} does not match what was computed: ${size}`
  throw new S3Error('InvalidRequest', { message })
}

// A composite checksum is one of the parts' checksums; the others are of the bytes, however they came.
function wholeChecksum({ checksum }: Upload, parts: readonly Part[]): StoredChecksum {
  const { algorithm, type } = checksum ?? ({ algorithm: 'CRC64NVME', type: 'FULL_OBJECT' } as const)
  if (type === 'COMPOSITE') {
    const all = Buffer.concat(parts.map((part) => part.checksum?.value ?? Buffer.alloc(0)))
    const value = `${checksumOf(algorithm, all).toString('base64')}-${parts.length}`
    return { algorithm, type, value: () => Promise.resolve(value) }
  }
  const body = parts.flatMap((part) => part.body)
  return { algorithm, type, value: once(() => checksumOfBody(algorithm, body)) }
}

async function checkWhole(
  { algorithm, type, value }: StoredChecksum,
  headers: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const wantedType = headers['x-amz-checksum-type']
  const given = algorithms.find((one) => headers[headerOf(one)] !== undefined)
  if ((wantedType !== undefined && wantedType !== type) || (given !== undefined && given !== algorithm)) {
    const message = `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`
    throw new S3Error('InvalidRequest', { message })
  }
  if (given === undefined || sameChecksum(headers[headerOf(given)] ?? '', await value())) return
  throw new S3Error('BadDigest', {
    message: `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
  })
}

// Some say a composite checksum without its number of parts.
function sameChecksum(given: string, is: string): boolean {
  return given === is || given === is.replace(/-\d+$/, '')
}

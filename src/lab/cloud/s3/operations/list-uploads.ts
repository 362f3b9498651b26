import { elementOf } from '../checksums.ts'
import { s3Document } from '../protocol/documents.ts'
import { KeyIndex } from '../store/key-index.ts'
import type { Upload } from '../store/objects.ts'
import { findUpload } from './find.ts'
import { ownerOf, readMax, readWording } from './list-objects.ts'
import { fromMarker, list } from './listing.ts'
import { xml } from './operation.ts'
import type { Operation } from './operation.ts'

export const listParts: Operation = {
  name: 'ListParts',
  run(call, bucket) {
    const { key, query } = call.target
    call.allow('s3:ListMultipartUploadParts', bucket, key)
    const upload = findUpload(bucket, key, query.get('uploadId'))
    const { asked, max } = readMax(call, 'max-parts')
    const marker = Number(query.get('part-number-marker') ?? 0) || 0
    const after = [...upload.parts].toSorted(([a], [b]) => a - b).filter(([number]) => number > marker)
    const shown = after.slice(0, max)
    const document = s3Document('ListPartsResult', {
      Bucket: bucket.name,
      Key: readWording(call).key(key),
      UploadId: upload.uploadId,
      PartNumberMarker: marker,
      NextPartNumberMarker: shown.at(-1)?.[0] ?? 0,
      MaxParts: Math.min(asked, 1000),
      IsTruncated: shown.length < after.length,
      Initiator: ownerOf(bucket),
      Owner: ownerOf(bucket),
      StorageClass: upload.storageClass,
      ChecksumAlgorithm: upload.checksum?.algorithm,
      ChecksumType: upload.checksum?.type,
      Part: shown.map(([number, { checksum, lastModified, md5, size }]) => ({
        PartNumber: number,
        LastModified: lastModified.toISOString(),
        ETag: `"${md5.toString('hex')}"`,
        Size: size,
        ...(checksum === null ? {} : { [elementOf(checksum.algorithm)]: checksum.value.toString('base64') }),
      })),
    })
    return Promise.resolve(xml(document))
  },
}

export const listMultipartUploads: Operation = {
  name: 'ListMultipartUploads',
  run(call, bucket) {
    const { query } = call.target
    call.allow('s3:ListBucketMultipartUploads', bucket)
    const wording = readWording(call)
    const { asked, max } = readMax(call, 'max-uploads')
    const prefix = query.get('prefix') ?? ''
    const delimiter = query.get('delimiter') ?? ''
    const keyMarker = query.get('key-marker') ?? ''
    const idMarker = query.get('upload-id-marker') ?? ''
    // Several uploads may be of one key: each is an entry of its own, behind the key and what no key can have.
    const entries = [...bucket.uploads.values()].map((upload) => [`${upload.key}\0${upload.uploadId}`, upload] as const)
    const from =
      idMarker === ''
        ? fromMarker(keyMarker === '' ? '' : `${keyMarker}\0\uffff`, prefix, delimiter)
        : { afterKey: `${keyMarker}\0${idMarker}` }
    const found = list(new KeyIndex<Upload>(entries), { prefix, delimiter, from, max }, (upload) => upload)
    const last = found.next === null ? null : 'afterKey' in found.next ? found.next.afterKey : found.next.afterPrefix
    const [nextKey, nextId] = last?.split('\0') ?? []
    const document = s3Document('ListMultipartUploadsResult', {
      Bucket: bucket.name,
      KeyMarker: wording.key(keyMarker),
      UploadIdMarker: idMarker,
      NextKeyMarker: nextKey === undefined ? undefined : wording.key(nextKey),
      NextUploadIdMarker: nextId,
      Prefix: wording.key(prefix),
      Delimiter: delimiter === '' ? undefined : wording.key(delimiter),
      EncodingType: wording.encodingType,
      MaxUploads: Math.min(asked, 1000),
      IsTruncated: found.next !== null,
      Upload: found.entries.map(([, { checksum, key, startedAt, storageClass, uploadId }]) => ({
        Key: wording.key(key),
        UploadId: uploadId,
        Initiator: ownerOf(bucket),
        Owner: ownerOf(bucket),
        StorageClass: storageClass,
        Initiated: startedAt.toISOString(),
        ChecksumAlgorithm: checksum?.algorithm,
        ChecksumType: checksum?.type,
      })),
      CommonPrefixes: found.commonPrefixes.map((common) => ({ Prefix: wording.key(common) })),
    })
    return Promise.resolve(xml(document))
  },
}

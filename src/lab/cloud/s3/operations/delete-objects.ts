import type { XmlElements } from '../../protocol/xml.ts'
import { readDocument, s3Document } from '../protocol/documents.ts'
import { S3Error } from '../protocol/s3-error.ts'
import { addVersion, newest, newVersionId, removeVersion } from '../store/objects.ts'
import type { Bucket } from '../store/objects.ts'
import { failed } from './conditions.ts'
import { nothing, xml } from './operation.ts'
import type { Call, Operation } from './operation.ts'

/** What became of one deletion: the version that is gone, or the marker that now stands on top. */
interface Deleted {
  readonly versionId: string | null
  readonly isMarker: boolean
}

export const deleteObject: Operation = {
  name: 'DeleteObject',
  async run(call, bucket) {
    const { key, query } = call.target
    const match = call.headers['if-match']
    const current = newest(bucket, key)
    if (match !== undefined && current?.kind === 'object') {
      const etag = match.replaceAll('"', '').trim()
      if (etag !== '*' && etag !== (await current.etag())) throw failed('If-Match')
    }
    const { isMarker, versionId } = await remove(call, bucket, key, query.get('versionId'))
    return nothing(204, {
      ...(versionId === null ? {} : { 'x-amz-version-id': versionId }),
      ...(isMarker ? { 'x-amz-delete-marker': 'true' } : {}),
    })
  },
}

const mostKeys = 1000

export const deleteObjects: Operation = {
  name: 'DeleteObjects',
  async run(call, bucket) {
    const text = await call.incoming.text()
    if (call.headers['content-md5'] === undefined && !call.incoming.received.wasExpected) {
      throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5' })
    }
    const document = readDocument(text, 'Delete')
    const objects = document.all('Object')
    if (objects.length === 0 || objects.length > mostKeys) throw new S3Error('MalformedXML')
    const wanted = objects.map((one) => {
      const key = one.text('Key')
      if (key === undefined || key === '') throw new S3Error('MalformedXML')
      return { key, versionId: one.text('VersionId') }
    })
    const quiet = document.text('Quiet') === 'true'
    const Deleted: XmlElements[] = []
    const Errors: XmlElements[] = []
    for (const { key, versionId } of wanted) {
      try {
        const deleted = await remove(call, bucket, key, versionId)
        if (!quiet) Deleted.push(shown(key, versionId, deleted))
      } catch (error) {
        if (!(error instanceof S3Error)) throw error
        Errors.push({ Key: key, VersionId: versionId, Code: error.code, Message: error.message })
      }
    }
    return xml(s3Document('DeleteResult', { Deleted, Error: Errors }))
  },
}

function shown(key: string, asked: string | undefined, { isMarker, versionId }: Deleted): XmlElements {
  return {
    Key: key,
    VersionId: asked,
    DeleteMarker: isMarker ? true : undefined,
    DeleteMarkerVersionId: isMarker ? (versionId ?? undefined) : undefined,
  }
}

// What isn't there is deleted as well.
async function remove(call: Call, bucket: Bucket, key: string, versionId: string | undefined): Promise<Deleted> {
  const { now, state } = call
  call.allow(versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', bucket, key)
  return state.cloud.background.inTurn(`s3 ${bucket.name}/${key}`, async () => {
    if (versionId !== undefined) {
      const gone = await removeVersion(state, bucket, key, versionId)
      return { versionId, isMarker: gone?.kind === 'marker' }
    }
    if (bucket.versioning === 'off') {
      await removeVersion(state, bucket, key, 'null')
      return { versionId: null, isMarker: false }
    }
    const id = bucket.versioning === 'Enabled' ? newVersionId() : 'null'
    const lastModified = new Date(Math.floor(now.getTime() / 1000) * 1000)
    await addVersion(state, bucket, key, { kind: 'marker', versionId: id, lastModified })
    return { versionId: id, isMarker: true }
  })
}

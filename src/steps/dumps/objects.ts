// The objects of the chosen dump, as they are now.
import { listObjects, listVersions, type StoredObject, type StoredVersion } from '../../remote/aws/s3.ts'
import type { S3Get } from '../../remote/command.ts'
import { oneLine } from '../../text/display.ts'
import { Refused } from '../../text/errors.ts'
import type { Run } from '../step.ts'
import { digestOf } from './digest.ts'
import { dumpKey, type Dump, type DumpObject } from './dump-answer.ts'
import { pointAt } from './duplicity.ts'
import { folderOf } from './kinds.ts'
import { s3Url } from './s3-url.ts'
import { objectsAsOf } from './versions.ts'

/** Streams have to be received in the order in which they were sent; of all else the keys tell the order. */
const inOrder = <T extends StoredObject>(objects: readonly T[], isStream: boolean): T[] =>
  objects.toSorted(
    (a, b) => (isStream ? a.modifiedAt.localeCompare(b.modifiedAt) : 0) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  )

const listing = (
  run: Run,
  { bucket, prefix, asOf }: Pick<Dump, 'bucket' | 'prefix' | 'asOf'>,
): Promise<readonly (StoredObject | StoredVersion)[]> =>
  asOf === null
    ? run.do(listObjects(bucket, prefix))
    : run.do(listVersions(bucket, prefix)).then((history) => objectsAsOf(history, asOf))

/** What is there of a dump: of one that is a single object, that; of duplicity's, what leads to its moment, oldest first. */
export async function objectsOf(run: Run, dump: Dump): Promise<readonly (StoredObject | StoredVersion)[]> {
  const { prefix, kind } = dump
  if (kind === 'duplicity') {
    const folder = folderOf(prefix)
    const near = await listing(run, { ...dump, prefix: folder })
    const beside = near.filter(({ key }) => folderOf(key) === folder)
    return pointAt(beside, prefix)?.objects ?? []
  }
  const isFolder = prefix === '' || prefix.endsWith('/')
  const listed = await listing(run, dump)
  return listed.filter(({ key }) => isFolder || key === prefix)
}

/**
 * The objects of the chosen dump as S3 lists them, in the order in which they are put in place.
 * @throws Refused where they are not those that were chosen
 */
export async function storedObjects(run: Run): Promise<(StoredObject | StoredVersion)[]> {
  const dump = run.answer(dumpKey)
  const { bucket, prefix, digest, kind } = dump
  const objects = await objectsOf(run, dump)
  if (digestOf(objects) !== digest)
    throw new Refused({
      code: 'dump-changed',
      message: `${oneLine(s3Url({ bucket, prefix }))} is not what it was when it was chosen: something writes to it, or has removed a part of it`,
      notChanged: ['the old data is as it was'],
      next: [{ why: 'take this run back, and choose anew', command: `lifeboat undo ${run.id}` }],
    })
  return inOrder(objects, kind === 'zfs-stream')
}

/** @throws Refused where they are not those that were chosen */
export async function chosenObjects(run: Run): Promise<DumpObject[]> {
  return (await storedObjects(run)).map((object) => ({
    key: object.key,
    size: object.sizeBytes,
    etag: object.etag,
    versionId: 'versionId' in object ? object.versionId : null,
    lastModified: object.modifiedAt,
  }))
}

/** Bytes of an object as it was chosen: what was written over it since is not taken for it. */
export const getFrom = (
  { bucket, region }: Pick<Dump, 'bucket' | 'region'>,
  { key, versionId, etag }: DumpObject,
  range: Pick<S3Get, 'from' | 'to' | 'output'>,
): S3Get => ({ bucket, region, key, versionId, etag: versionId === null ? etag : null, ...range })

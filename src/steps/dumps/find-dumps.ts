// The dumps of a place in S3, and what speaks against each.
import {
  bucketRegion,
  headObject,
  listObjects,
  listUploads,
  listVersions,
  type StoredObject,
} from '../../remote/aws/s3.ts'
import type { AwsCommand } from '../../remote/command.ts'
import { AwsError } from '../../text/errors.ts'
import type { Run } from '../step.ts'
import { targetHostKey } from '../target-host.ts'
import { doubtsOf, type Doubt } from './doubts.ts'
import type { DumpKind } from './dump-answer.ts'
import { dumpsIn, type FoundDump } from './group.ts'
import type { S3Place } from './s3-url.ts'

/** Where dumps are looked for, and what is known of them beforehand. */
export interface Source extends S3Place {
  /** The name of the config's entry; null where only a URL was given. */
  readonly entry: string | null
  readonly kind: DumpKind | undefined
}

export interface JudgedDump {
  readonly source: Source
  /** The bucket's. */
  readonly region: string
  readonly dump: FoundDump
  readonly doubts: readonly Doubt[]
}

/** Of so many it is asked whether they were written over: for each that is a call. */
const newestFew = 5

/** What only some identities may ask; who may not, goes on without. */
async function allowed<T, O>(run: Run, command: AwsCommand<T>, otherwise: O): Promise<T | O> {
  try {
    return await run.do(command)
  } catch (error) {
    if (error instanceof AwsError && (error.missingPermission !== null || error.code === 'NotImplemented'))
      return otherwise
    throw error
  }
}

/** All objects of a place. A prefix without a slash is an object, or a folder: never the beginning of a name. */
async function objectsAt(run: Run, { bucket, prefix }: S3Place): Promise<{ root: string; objects: StoredObject[] }> {
  const listed = await run.do(listObjects(bucket, prefix))
  if (prefix === '' || prefix.endsWith('/')) return { root: prefix, objects: listed }
  const itself = listed.filter(({ key }) => key === prefix)
  if (itself.length > 0) return { root: prefix, objects: itself }
  return { root: `${prefix}/`, objects: listed.filter(({ key }) => key.startsWith(`${prefix}/`)) }
}

/** The largest object that S3 may have moved into an archive by itself, which only HEAD tells. */
async function tieredOf(run: Run, bucket: string, { objects }: FoundDump) {
  const [largest] = objects
    .filter(({ storageClass }) => storageClass === 'INTELLIGENT_TIERING')
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
  if (largest === undefined) return null
  const head = await allowed(run, headObject(bucket, largest.key), null)
  return head === null ? null : { key: largest.key, head }
}

/** The dumps of a place, newest first. @throws AwsError; for want of s3:ListBucket, too */
export async function dumpsOf(run: Run, source: Source): Promise<JudgedDump[]> {
  const { bucket } = source
  // Listing tells in words what HeadBucket has none for, and finds the region as well.
  const { root, objects } = await objectsAt(run, source)
  const { region } = await run.do(bucketRegion(bucket))
  const { timeZone } = run.answer(targetHostKey)
  const found = dumpsIn(objects, { root, zone: timeZone, kind: source.kind })
  const uploads = await allowed(run, listUploads(bucket, root), [])
  const judged: JudgedDump[] = []
  for (const [at, dump] of found.entries()) {
    const none = { versions: [], markers: [] }
    const history = at < newestFew ? await allowed(run, listVersions(bucket, dump.folder), none) : none
    const tiered = at < newestFew ? await tieredOf(run, bucket, dump) : null
    const doubts = doubtsOf(dump, found, { bucket, now: run.now(), uploads, tiered, ...history })
    judged.push({ source, region: region ?? run.region, dump, doubts })
  }
  return judged
}

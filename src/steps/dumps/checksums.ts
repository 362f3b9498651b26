// Whether objects are what S3 says of them, by their ETags: MD5s, which S3 has of all but what KMS encrypts.
import { createHash } from 'node:crypto'
import { headObject, partSize } from '../../remote/aws/s3.ts'
import type { PartSizes } from '../../remote/linux/digests.ts'
import type { Run } from '../step.ts'
import { dumpKey, type DumpObject } from './dump-answer.ts'
import { chosenObjects } from './objects.ts'
import { stagedName } from './parts.ts'

/** How many parts an object was uploaded in, by its ETag; null of one that came as a whole, undefined where it tells nothing. */
function partsOfEtag(etag: string): number | null | undefined {
  const [, parts] = /^[0-9a-f]{32}(?:-([1-9]\d{0,4}))?$/.exec(etag) ?? [undefined, 'none']
  return parts === 'none' ? undefined : parts === undefined ? null : Number(parts)
}

/** Whether an object in parts of this size (bytes), of which only the last may be smaller, has so many. */
const fits = ({ size, etag }: DumpObject, part: number): boolean =>
  part > 0 && Math.ceil(size / part) === partsOfEtag(etag)

/**
 * How large the parts of each object are that has any. S3 is asked for one of them, and again where that does not fit: who
 * uploads uses one size mostly.
 */
export async function partSizesOf(run: Run): Promise<PartSizes> {
  const { bucket } = run.answer(dumpKey)
  const found = new Map<string, number>()
  const seen = new Set<number>()
  for (const [at, object] of (await chosenObjects(run)).entries()) {
    if (typeof partsOfEtag(object.etag) !== 'number') continue
    let size = [...seen].find((each) => fits(object, each))
    if (size === undefined) {
      size = await run.do(partSize(bucket, object.key, object.versionId, 1))
      if (!fits(object, size)) continue
      seen.add(size)
    }
    found.set(stagedName(at), size)
  }
  return found
}

/** The ETag of what has these MD5s. */
function etagOf(md5s: readonly string[], inParts: boolean): string {
  if (!inParts) return md5s[0] ?? ''
  const all = createHash('md5')
  for (const md5 of md5s) all.update(md5, 'hex')
  return `${all.digest('hex')}-${md5s.length}`
}

/** So many parts of an object are asked for, where it seems to be another one. */
const sampled = 50

/** Whether an object is in parts of the size that was taken for it: it need not be, and then its MD5s tell nothing. */
async function isInParts(run: Run, object: DumpObject, size: number): Promise<boolean> {
  const { bucket } = run.answer(dumpKey)
  const whole = Math.ceil(object.size / size) - 1
  const step = Math.max(1, Math.ceil(whole / sampled))
  for (let number = 1; number <= whole; number += step)
    if ((await run.do(partSize(bucket, object.key, object.versionId, number))) !== size) return false
  return true
}

/** Keys of objects that are not what S3 says, and how many were compared. @param sums MD5s, by names in the list */
export async function differing(
  run: Run,
  sums: ReadonlyMap<string, readonly string[]>,
  sizes: PartSizes,
): Promise<{ differ: string[]; compared: number }> {
  const { bucket } = run.answer(dumpKey)
  let compared = 0
  const differ: string[] = []
  for (const [at, object] of (await chosenObjects(run)).entries()) {
    const name = stagedName(at)
    const [md5s, size, parts] = [sums.get(name), sizes.get(name), partsOfEtag(object.etag)]
    if (md5s === undefined || parts === undefined || (parts !== null && size === undefined)) continue
    if (etagOf(md5s, parts !== null) !== object.etag) {
      // What KMS encrypts has an ETag that looks like an MD5, and all of a dump is encrypted alike.
      if (differ.length === 0) {
        const { encryption } = await run.do(headObject(bucket, object.key, object.versionId))
        if (encryption?.startsWith('aws:kms') === true) return { differ: [], compared: 0 }
      }
      if (size !== undefined && !(await isInParts(run, object, size))) continue
      differ.push(object.key)
    }
    compared += 1
  }
  return { differ, compared }
}

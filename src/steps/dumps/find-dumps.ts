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
import { digestOf } from './digest.ts'
import type { DumpKind } from './dump-answer.ts'
import { backupOf } from './duplicity.ts'
import { dumpsIn, type FoundDump } from './group.ts'
import { objectsAsOf, pastDumps, type History } from './versions.ts'
import { fileName, folderOf } from './kinds.ts'
import { isSamePrefix, type S3Place } from './s3-url.ts'

/** Where dumps are looked for, and what is known of them beforehand. */
export interface Source extends S3Place {
  /** The name of the config's entry; null where only a URL was given. */
  readonly entry: string | null
  readonly kind: DumpKind | undefined
  /** Where the dumps beside it are, which it is compared with; undefined where that is not known. */
  readonly among?: S3Place
}

export interface JudgedDump {
  readonly source: Source
  /** The bucket's. */
  readonly region: string
  readonly dump: FoundDump
  readonly doubts: readonly Doubt[]
}

/** Of so many it is asked where S3 has moved them: for each that is a call. */
const newestFew = 5

/** Of more objects, only the newest dumps are asked whether they were written over. */
const historyAtMost = 20_000

/** What only some identities may ask; who may not, goes on without. */
const allowed = <T, O>(run: Run, command: AwsCommand<T>, otherwise: O): Promise<T | O> =>
  unlessRefused(run.do(command), otherwise)

async function unlessRefused<T, O>(asked: Promise<T>, otherwise: O): Promise<T | O> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof AwsError && (error.missingPermission !== null || error.code === 'NotImplemented'))
      return otherwise
    throw error
  }
}

/** A prefix without a slash is an object, or a folder: never the beginning of a name. */
function rootOf(prefix: string, listed: readonly Pick<StoredObject, 'key'>[]): string {
  if (prefix === '' || prefix.endsWith('/')) return prefix
  return listed.some(({ key }) => key === prefix) ? prefix : `${prefix}/`
}

const below = <T extends { readonly key: string }>(root: string, listed: readonly T[]): T[] =>
  listed.filter(({ key }) => (root === '' || root.endsWith('/') ? key.startsWith(root) : key === root))

const nothing: History = { versions: [], markers: [] }

/** What a place holds, now or as of a moment, and what it held before: that is asked for at once where it is not too much. */
interface Contents {
  readonly root: string
  readonly objects: readonly StoredObject[]
  readonly history: History | undefined
}

/** One file of duplicity's is restored with those beside it. */
const listedAt = (prefix: string): string => (backupOf(prefix) === undefined ? prefix : folderOf(prefix))

/** @throws AwsError */
async function contentsOf(run: Run, { bucket, prefix: asked }: S3Place, asOf: string | undefined): Promise<Contents> {
  const prefix = listedAt(asked)
  const listed = asOf === undefined ? await run.do(listObjects(bucket, prefix)) : []
  const whole = asOf !== undefined || listed.length <= historyAtMost
  const history =
    asOf === undefined
      ? whole
        ? await allowed(run, listVersions(bucket, prefix), nothing)
        : undefined
      : await run.do(listVersions(bucket, prefix))
  const root = rootOf(prefix, [...listed, ...(listed.length === 0 ? (history?.versions ?? []) : [])])
  const own = history && { versions: below(root, history.versions), markers: below(root, history.markers) }
  const objects = asOf === undefined ? below(root, listed) : objectsAsOf(own ?? nothing, asOf)
  return { root: prefix === asked ? root : asked, objects, history: own }
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

const byTime = (a: FoundDump, b: FoundDump): number =>
  b.at.localeCompare(a.at) || (b.asOf ?? '9999').localeCompare(a.asOf ?? '9999')

/**
 * The dumps of a place, newest first; with those that were written over or deleted, as far as their versions are kept.
 * @param asOf the moment (ISO UTC) of which they are wanted; undefined: as they are
 * @throws AwsError; for want of s3:ListBucket, too
 */
async function dumpsOf(run: Run, source: Source, asOf?: string): Promise<JudgedDump[]> {
  const { bucket } = source
  // Listing tells in words what HeadBucket has none for, and finds the region as well.
  const { root, objects, history } = await contentsOf(run, source, asOf)
  const { region } = await allowed(run, bucketRegion(bucket), { region: null })
  const { timeZone } = run.answer(targetHostKey)
  const grouping = { root, zone: timeZone, kind: source.kind, own: run.host.recipes ?? [] }
  const found = dumpsIn(objects, grouping).map((dump) => ({ ...dump, asOf: asOf ?? null }))
  const past = asOf === undefined && history !== undefined ? pastDumps(objects, history, grouping) : []
  const uploads = await allowed(run, listUploads(bucket, listedAt(root)), [])
  const judged: JudgedDump[] = []
  for (const [at, dump] of [...found, ...past].toSorted(byTime).entries()) {
    const own = history ?? (at < newestFew ? await allowed(run, listVersions(bucket, dump.folder), nothing) : nothing)
    const tiered = at < newestFew ? await tieredOf(run, bucket, dump) : null
    const doubts = doubtsOf(dump, found, { bucket, now: run.now(), uploads, tiered, own: grouping.own, ...own })
    judged.push({ source, region: region ?? run.region, dump, doubts })
  }
  return eachOnce(judged)
}

/**
 * The dumps of a place, compared with those beside it where it is one of several and these may be listed: of half a dump
 * nothing but the others tells.
 * @throws AwsError
 */
export async function dumpsAmong(run: Run, source: Source, asOf?: string): Promise<JudgedDump[]> {
  const { among, prefix } = source
  if (among === undefined || asOf !== undefined || among.prefix === prefix) return dumpsOf(run, source, asOf)
  const all = await unlessRefused(dumpsOf(run, { ...source, ...among }), [])
  const named = all.filter(({ dump }) => [dump.prefix, dump.folder].some((each) => isSamePrefix(each, prefix)))
  return named.length > 0 ? named : dumpsOf(run, source)
}

const isWhole = ({ doubts }: JudgedDump): boolean => !doubts.some(({ level }) => level === 'blocks')

/**
 * Where a whole folder of duplicity's is copied every day, each day has the moments of the days before. Of those that are
 * the same the newest copy counts, or the newest that can be restored.
 */
function eachOnce(judged: readonly JudgedDump[]): JudgedDump[] {
  const same = Map.groupBy<string | JudgedDump, JudgedDump>(judged, (each) =>
    each.dump.point === null
      ? each
      : digestOf(each.dump.objects.map((object) => ({ ...object, key: fileName(object.key) }))),
  )
  const kept = new Set([...same.values()].map((copies) => copies.find(isWhole) ?? copies[0]))
  return judged.filter((each) => kept.has(each))
}

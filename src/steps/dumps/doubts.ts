// What speaks against a dump: a prefix that exists is not an upload that finished.
import type { DeleteMarker, ObjectHead, StoredVersion } from '../../remote/aws/s3.ts'
import { bytes } from '../../text/bytes.ts'
import { many } from '../../text/many.ts'
import { sh } from '../../text/quote.ts'
import { age, utcMinute } from '../../text/time.ts'
import { isCold, speedsOf } from './archive.ts'
import { backupOf } from './duplicity.ts'
import type { FoundDump } from './group.ts'
import { onlyByHand, type OwnKind } from './kinds.ts'

export interface Doubt {
  /** `blocks`: it can't be restored now. `doubt`: not without being asked. `note`: worth knowing. */
  readonly level: 'blocks' | 'doubt' | 'note'
  readonly message: string
}

/** What is known of the bucket besides its objects; empty where nobody may look. */
export interface Surroundings {
  readonly bucket: string
  readonly now: Date
  readonly uploads: readonly { readonly key: string; readonly startedAt: string }[]
  readonly versions: readonly StoredVersion[]
  readonly markers: readonly DeleteMarker[]
  /** Of an object in INTELLIGENT_TIERING, which listings don't say the archive of; null where there is none. */
  readonly tiered: { readonly key: string; readonly head: ObjectHead } | null
  /** The recipes of the config. */
  readonly own?: readonly OwnKind[]
}

const dayMs = 86_400_000

/** A sync that has written nothing for so long has ended. */
const quietMs = 10 * 60_000

/** An upload in parts that began so long ago was given up. */
const givenUpMs = dayMs

/** Of so many dumps before, the middle one is the usual one. */
const before = 7

const median = (numbers: readonly number[]): number | undefined =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]

const ms = (at: string): number => Date.parse(at)

const compared = (is: string, usual: string): Doubt => ({
  level: 'doubt',
  message: `it has ${is}, those before had ${usual}`,
})

function smallness(dump: FoundDump, older: readonly FoundDump[]): Doubt[] {
  if (dump.bytes === 0) return [{ level: 'blocks', message: 'it is empty' }]
  // A chain grows until the next full backup, which is compared with its like.
  if ((dump.point?.depth ?? 0) > 0) return []
  const near = older.filter(({ point }) => (point?.depth ?? 0) === 0).slice(0, before)
  const usualBytes = median(near.map((each) => each.bytes)) ?? 0
  const usualObjects = median(near.map((each) => each.objects.length)) ?? 0
  return [
    ...(dump.bytes * 2 < usualBytes ? [compared(bytes(dump.bytes), bytes(usualBytes))] : []),
    ...(dump.objects.length * 2 < usualObjects
      ? [compared(many(dump.objects.length, 'object'), many(usualObjects, 'object'))]
      : []),
  ]
}

/** Whether what was uploaded under a key is of this dump: in a folder of duplicity's lie others beside it. */
function isOf(dump: FoundDump): (entry: { readonly key: string }) => boolean {
  if (dump.point === null) return ({ key }) => key.startsWith(dump.folder)
  const backups = new Set(dump.objects.map(({ key }) => backupOf(key)))
  return ({ key }) => backups.has(backupOf(key) ?? key)
}

/** One object is there when all of it is; of a folder nobody says when it is whole. */
function uploading(dump: FoundDump, { now, uploads }: Surroundings): Doubt[] {
  const quiet = now.getTime() - ms(dump.writtenAt)
  const growing = (dump.kind === 'folder' || dump.kind === 'duplicity') && Math.abs(quiet) < quietMs
  const own = uploads.filter(isOf(dump))
  const lively = own.filter(({ startedAt }) => now.getTime() - ms(startedAt) < givenUpMs)
  return [
    ...(growing
      ? [
          {
            level: 'blocks' as const,
            message: `it is still being uploaded: its last object is ${age(dump.writtenAt, now)} old`,
          },
        ]
      : []),
    ...(lively.length > 0
      ? [
          {
            level: 'blocks' as const,
            message: `it is still being uploaded: ${many(lively.length, 'upload')} in parts has not ended`,
          },
        ]
      : []),
    ...(own.length > lively.length
      ? [{ level: 'doubt' as const, message: `${many(own.length - lively.length, 'upload')} in parts never ended` }]
      : []),
  ]
}

function gap(dump: FoundDump, older: readonly FoundDump[]): Doubt[] {
  const times = [dump, ...older.slice(0, before)].map((each) => ms(each.at))
  const steps = times.slice(1).map((time, at) => (times[at] ?? 0) - time)
  const usual = median(steps.slice(1)) ?? 0
  const [last = 0] = steps
  if (usual <= 0 || last <= usual * 1.5) return []
  return [
    { level: 'note', message: `the one before it is ${age(new Date(times[1] ?? 0), new Date(times[0] ?? 0))} older` },
  ]
}

function clocks(dump: FoundDump, { now }: Surroundings): Doubt[] {
  // A day that has begun somewhere is no day to come.
  const days = ms(dump.at) - now.getTime() > dayMs
  const written = ms(dump.writtenAt) - now.getTime() > quietMs
  return [
    ...(days ? [{ level: 'doubt' as const, message: `its date, ${utcMinute(dump.at)}, is yet to come` }] : []),
    ...(written
      ? [
          {
            level: 'doubt' as const,
            message: `it was written ${age(now, dump.writtenAt)} from now: a clock is wrong, here or there`,
          },
        ]
      : []),
    ...(dump.orElse === null
      ? []
      : [
          {
            level: 'doubt' as const,
            message: `its name may mean ${dump.at.slice(0, 10)} or ${dump.orElse.slice(0, 10)}, and nothing beside it tells which`,
          },
        ]),
  ]
}

/** What happened to it since, by its versions. */
function history(dump: FoundDump, { versions, markers }: Surroundings): Doubt[] {
  const mine = isOf(dump)
  const keys = new Set(dump.objects.map(({ key }) => key))
  const then = dump.asOf
  const later = versions.filter((each) => mine(each) && keys.has(each.key) && each.modifiedAt > (then ?? '9999'))
  const older = versions.filter((each) => mine(each) && keys.has(each.key) && !each.isLatest)
  const written = new Set((then === null ? older : later).map(({ key }) => key)).size
  const gone = markers.filter((each) => mine(each) && each.isLatest && (then === null || keys.has(each.key))).length
  // What has no date is meant to be written over.
  const level = dump.undated ? 'note' : 'doubt'
  const since = then === null ? '' : ` since ${utcMinute(then)}`
  const there = then === null ? 'the older versions are there' : 'this is what it was before'
  return [
    ...(written === 0
      ? []
      : [
          {
            level: level as Doubt['level'],
            message: `${many(written, 'object')} of it was written over${since}; ${there}`,
          },
        ]),
    ...(gone === 0
      ? []
      : [{ level: level as Doubt['level'], message: `${many(gone, 'object')} of it was deleted${since}; ${there}` }]),
  ]
}

/** What is asked for back when it is chosen. */
function archived({ objects }: FoundDump, { now }: Surroundings): Doubt[] {
  const cold = objects.filter((each) => isCold(each, now))
  const [first] = cold
  if (first === undefined) return []
  const asked = cold.filter(({ copy }) => copy?.underway === true).length
  const classes = [...new Set(cold.map((each) => each.storageClass))]
  const times = classes.map((each) => `${each}: ${speedsOf(each)}`).join('; ')
  const how =
    asked === cold.length ? 'it is on its way back from the archive' : 'it is archived, and comes back when asked'
  return [{ level: 'doubt', message: `${how}: ${many(cold.length, 'object')} (${times})` }]
}

const tiers: ReadonlyMap<string, string> = new Map([
  ['ARCHIVE_ACCESS', 'Standard in 3 to 5 hours'],
  ['DEEP_ARCHIVE_ACCESS', 'Standard within 12 hours'],
])

/** What S3 has moved into an archive by itself comes back for good, without days. */
function movedAway({ bucket, tiered }: Surroundings): Doubt[] {
  const status = tiered?.head.archiveStatus ?? null
  if (tiered === null || status === null) return []
  const how =
    tiered.head.copy?.underway === true
      ? 'it is on its way back'
      : sh`aws s3api restore-object --bucket ${bucket} --key=${tiered.key} --restore-request ${'{}'}`
  return [{ level: 'blocks', message: `S3 has moved it into an archive (${status}: ${tiers.get(status)}): ${how}` }]
}

const incomplete = ({ point }: FoundDump): Doubt[] =>
  point === null || point.broken === null ? [] : [{ level: 'blocks', message: point.broken }]

function foreign({ kind }: FoundDump, { own }: Surroundings): Doubt[] {
  const byHand = onlyByHand(kind, own)
  if (byHand === undefined) return []
  return [
    {
      level: 'blocks',
      message: `there is no recipe for what ${kind === 'encrypted' ? 'is encrypted' : `${kind} wrote`}; ${byHand}`,
    },
  ]
}

/**
 * What speaks against this dump, what blocks it first.
 * @param all the dumps that were found with it, newest first
 */
export function doubtsOf(dump: FoundDump, all: readonly FoundDump[], surroundings: Surroundings): Doubt[] {
  const older = all.filter((each) => each.series === dump.series && each !== dump && each.at < dump.at)
  return [
    ...foreign(dump, surroundings),
    ...incomplete(dump),
    ...archived(dump, surroundings),
    ...movedAway(surroundings),
    ...uploading(dump, surroundings),
    ...smallness(dump, older),
    ...clocks(dump, surroundings),
    ...history(dump, surroundings),
    ...gap(dump, older),
  ].toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))
}

const levels: readonly Doubt['level'][] = ['blocks', 'doubt', 'note']

// What a bucket that keeps versions still has of dumps that were written over or deleted.
import type { DeleteMarker, StoredObject, StoredVersion } from '../../remote/aws/s3.ts'
import { digestOf } from './digest.ts'
import { dumpsIn, type FoundDump, type Grouping } from './group.ts'

/** All versions and delete markers of a place. */
export interface History {
  readonly versions: readonly StoredVersion[]
  readonly markers: readonly DeleteMarker[]
}

/** A sync has ended when it has written nothing for so long. */
const pauseMs = 60 * 60_000

/** Of one dump, so many earlier states are offered: a file that is written over each day has one for each. */
const statesAtMost = 60

/**
 * What was there at a moment (ISO UTC): of each key the newest version by then, unless it was deleted.
 * S3 lists the newest version of a key first, and tells their times in whole seconds.
 */
export function objectsAsOf({ versions, markers }: History, at: string): StoredVersion[] {
  const deleted = new Map<string, string>()
  for (const { key, at: when } of markers) if (when <= at && when > (deleted.get(key) ?? '')) deleted.set(key, when)
  const found = new Map<string, StoredVersion>()
  for (const version of versions) {
    const { key, modifiedAt } = version
    if (modifiedAt > at || (found.get(key)?.modifiedAt ?? '') >= modifiedAt) continue
    found.set(key, version)
  }
  return [...found.values()].filter(({ key, modifiedAt }) => modifiedAt > (deleted.get(key) ?? ''))
}

/** When something was there that is not now: the end of each time that something was written or deleted, newest first. */
function earlierMoments({ versions, markers }: History): string[] {
  const times = [...versions.map(({ modifiedAt }) => modifiedAt), ...markers.map(({ at }) => at)].toSorted()
  const ends = times.filter((at, n) => Date.parse(times[n + 1] ?? '9999-01-01') - Date.parse(at) > pauseMs)
  return ends.slice(0, -1).toReversed().slice(0, statesAtMost)
}

const isIn = (folder: string, key: string): boolean =>
  folder === '' || folder.endsWith('/') ? key.startsWith(folder) : key === folder

const within = ({ versions, markers }: History, folder: string): History => ({
  versions: versions.filter(({ key }) => isIn(folder, key)),
  markers: markers.filter(({ key }) => isIn(folder, key)),
})

/** The newest version of each key that is deleted now. */
function deletedObjects({ versions, markers }: History): StoredVersion[] {
  const deleted = new Set(markers.filter(({ isLatest }) => isLatest).map(({ key }) => key))
  const newest = new Map<string, StoredVersion>()
  for (const version of versions)
    if (deleted.has(version.key) && (newest.get(version.key)?.modifiedAt ?? '') < version.modifiedAt)
      newest.set(version.key, version)
  return [...newest.values()]
}

/** Moments of duplicity's that can still be had otherwise, or were being made then, are of no use as they once were. */
function unknown(past: readonly FoundDump[], live: readonly FoundDump[]): FoundDump[] {
  const told = new Set(live.filter(({ point }) => point !== null).map(({ objects }) => digestOf(objects)))
  return past.filter(({ point, objects }) => {
    if (point === null) return true
    const digest = digestOf(objects)
    const isNew = point.broken === null && !told.has(digest)
    told.add(digest)
    return isNew
  })
}

/** Dumps as they once were, for those that are another now or gone, newest first of each. */
export function pastDumps(live: readonly StoredObject[], history: History, grouping: Grouping): FoundDump[] {
  return unknown(everyState(live, history, grouping), dumpsIn(live, grouping))
}

function everyState(live: readonly StoredObject[], history: History, grouping: Grouping): FoundDump[] {
  const everything = dumpsIn([...live, ...deletedObjects(history)], grouping)
  const folders = new Map(everything.map((dump) => [dump.folder, dump]))
  return [...folders].flatMap(([folder, { at, orElse, undated, series }]) => {
    const own = within(history, folder)
    const told = new Set([digestOf(live.filter(({ key }) => isIn(folder, key)))])
    return earlierMoments(own).flatMap((asOf): FoundDump[] => {
      const objects = objectsAsOf(own, asOf)
      const digest = digestOf(objects)
      if (objects.length === 0 || told.has(digest)) return []
      told.add(digest)
      return dumpsIn(objects, grouping).map((dump) => ({
        ...dump,
        // A moment of duplicity's has a time of its own.
        ...(undated || dump.point !== null ? {} : { at, orElse, series }),
        asOf,
      }))
    })
  })
}

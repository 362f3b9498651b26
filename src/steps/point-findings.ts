// What is to be known of a chosen moment: which snapshot each dataset gets, and where those don't fit together. Short
// also for a thousand datasets: the worst few are named.
import { zoneOfNames } from '../remote/name-zone.ts'
import { parseSnapshotName } from '../remote/snapshot-name.ts'
import { expiry, parseZfsnapName } from '../remote/zfsnap.ts'
import type { Snapshot } from '../remote/zfs/dataset.ts'
import { bytes } from '../text/bytes.ts'
import { few } from '../text/few.ts'
import { age } from '../text/time.ts'
import type { Finding } from './step.ts'

interface Target {
  readonly dataset: string
  readonly snapshot: string
  readonly createtxg: number
  /** ISO UTC. */
  readonly createdAt: string
}

interface Chosen {
  readonly targets: readonly Target[]
  /** The datasets that have no such snapshot. */
  readonly left: readonly string[]
  /** The moment that was asked for; undefined where a name was. */
  readonly asked: Date | undefined
  /** What each has written since its snapshot, in bytes by the snapshot's full name. */
  readonly written: ReadonlyMap<string, number>
  readonly snapshots: readonly Pick<Snapshot, 'name' | 'createdAt'>[]
  /** The host's, an IANA name. */
  readonly zone: string
  readonly now: Date
}

/** So many datasets are told one by one; of more, only those with the oldest snapshots. */
const all = 10
const some = 5

const oldestFirst = (targets: readonly Target[]): Target[] =>
  targets.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))

function* eachDataset({ targets, asked, written, now }: Chosen): Generator<string> {
  const told = oldestFirst(targets).slice(0, targets.length > all ? some : all)
  for (const { dataset, snapshot, createdAt } of told) {
    // Of one moment, ZFS may have written a later second into some.
    const before =
      asked === undefined
        ? ''
        : `, ${new Date(createdAt) > asked ? '0 s' : age(createdAt, asked)} before the moment asked for`
    const since = bytes(written.get(`${dataset}@${snapshot}`) ?? 0)
    yield `${dataset} ← @${snapshot}, ${age(createdAt, now)} old${before}, ${since} written since`
  }
  if (told.length < targets.length)
    yield `and ${targets.length - told.length} more datasets, whose snapshots are not older than these`
}

/** Hourly snapshots of a tree are made within minutes: who lags behind by more has missed some. */
const muchOlderMs = 3_600_000

function behind({ targets }: Chosen): string | undefined {
  const sorted = oldestFirst(targets)
  const newest = new Date(sorted.at(-1)?.createdAt ?? 0)
  const late = sorted.filter((each) => newest.getTime() - Date.parse(each.createdAt) > muchOlderMs)
  if (late.length === 0) return undefined
  const names = few(late.map((each) => `${each.dataset} by ${age(each.createdAt, newest)}`))
  return `these snapshots are much older than those of the other datasets: ${names}`
}

/** How many of some snapshots are past the time to live in their names. */
export function countExpired(targets: readonly Pick<Target, 'snapshot'>[], zone: string, now: Date): number {
  const past = (name: string): boolean => {
    const parsed = parseZfsnapName(name)
    const end = parsed === undefined ? undefined : expiry(parsed, zone)
    return end !== undefined && end.getTime() <= now.getTime()
  }
  return [...Map.groupBy(targets, (each) => each.snapshot)].reduce(
    (sum, [name, those]) => sum + (past(name) ? those.length : 0),
    0,
  )
}

/** The zone is told by the newest: clocks were changed in summer, and the host perhaps moved. */
const newestNames = 200

const two = (part: number): string => String(part).padStart(2, '0')

const offset = (minutes: number): string => {
  const whole = Math.abs(minutes)
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(whole / 60))}:${two(whole % 60)}`
}

function otherZone({ snapshots, zone }: Chosen): string | undefined {
  const names = snapshots.slice(-newestNames).flatMap(({ name, createdAt }) => {
    const { maker, time } = parseSnapshotName(name)
    return maker === 'zfsnap' && time?.zone === 'local' ? [{ localTime: time.localTime, createdAt }] : []
  })
  const told = zoneOfNames(names, zone)
  return told.names === 'elsewhere'
    ? `the times in the snapshots' names are those of ${offset(told.offsetMinutes)}, and the host is in ${zone}: a time that is asked for is compared with when ZFS made them`
    : undefined
}

const saying = (level: Finding['level'], messages: readonly (string | undefined)[]): Finding[] =>
  messages.filter((each) => each !== undefined).map((message) => ({ level, message }))

/** All of it, the worst as warnings. */
export function pointFindings(chosen: Chosen): Finding[] {
  const { targets, left, zone, now } = chosen
  const transactions = new Set(targets.map((each) => each.createtxg)).size
  const expired = countExpired(targets, zone, now)
  const info = [
    ...eachDataset(chosen),
    transactions > 1
      ? `the chosen snapshots were not made in one moment: ${transactions} transaction groups`
      : undefined,
    expired > 0 ? `${expired} of the chosen snapshots are past their time to live; they will be held` : undefined,
  ]
  const warn = [
    behind(chosen),
    left.length > 0
      ? `${left.length === 1 ? 'one dataset has' : `${left.length} datasets have`} no such snapshot and ${left.length === 1 ? 'is' : 'are'} left as in the head: ${few(left)}`
      : undefined,
    otherZone(chosen),
  ]
  return [...saying('info', info), ...saying('warn', warn)]
}

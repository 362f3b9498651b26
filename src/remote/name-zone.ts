// Whether the local times in snapshots' names are in the host's zone, told from when ZFS says they were made.
import { instantsOf } from '../text/time.ts'

export interface TimedName {
  /** The time in the name, in the zone of whoever wrote it: `YYYY-MM-DDTHH:MM:SS`. */
  readonly localTime: string
  /** The snapshot's creation by ZFS, ISO UTC. */
  readonly createdAt: string
}

/** In which zone a name was written. `off`: in none; somebody set a clock, or wrote the name by hand. */
export type ZoneOfName =
  | { readonly zone: 'host' }
  | { readonly zone: 'other'; readonly offsetMinutes: number }
  | { readonly zone: 'off' }

const minuteMs = 60_000

// The name is thought of first. Its seconds may be dropped (zfsnap -z), a long recursive snapshot or a busy pool takes a
// while, and the next quarter of an hour must stay far enough away to be another zone.
const mostLate = 10 * minuteMs
// ZFS counts whole seconds by the time of the transaction group.
const mostEarly = minuteMs

const fits = (lateness: number): boolean => lateness >= -mostEarly && lateness <= mostLate

/**
 * Tells from a name's local time and the snapshot's creation in which zone the name was written. In the hour that
 * clocks show twice both readings count as the host's; a time that the host's clocks left out can't be the host's.
 * @param zone the host's, an IANA name
 */
export function zoneOfName({ localTime, createdAt }: TimedName, zone: string): ZoneOfName {
  const created = Date.parse(createdAt)
  if (instantsOf(localTime, zone).some((instant) => fits(created - instant.getTime()))) return { zone: 'host' }
  // Every zone since 1990 is a whole number of quarters of an hour from UTC, from -12 to +14 hours.
  const quarter = 15 * minuteMs
  const ahead = Date.parse(`${localTime}Z`) - created
  // The sum makes 0 of -0.
  const offset = Math.ceil((ahead - mostEarly) / quarter) * quarter + 0
  const isZone = fits(offset - ahead) && offset >= -12 * 60 * minuteMs && offset <= 14 * 60 * minuteMs
  return isZone ? { zone: 'other', offsetMinutes: offset / minuteMs } : { zone: 'off' }
}

/** What the names of a host's snapshots tell together. */
export type NamesZone =
  /** Most names are in the host's zone, or there are none; so many are not. */
  | { readonly names: 'agree'; readonly except: number }
  /** Most names were written this many minutes ahead of UTC, where the host's zone is otherwise. */
  | { readonly names: 'elsewhere'; readonly offsetMinutes: number; readonly except: number }
  /** No zone has most of them: these offsets occur, besides the host's zone; so many names are in no zone. */
  | { readonly names: 'mixed'; readonly offsetsMinutes: readonly number[]; readonly off: number }

/**
 * Whether snapshots' names are in the host's zone: a host's zone is changed, a pool comes from another host, cron has a
 * `TZ` of its own. "Most" is more than half.
 * @param names only those whose time is in a zone that they don't tell (`NamedTime.zone` is `local`)
 * @param zone the host's, an IANA name
 */
export function zoneOfNames(names: readonly TimedName[], zone: string): NamesZone {
  const counts = new Map<number | 'host' | 'off', number>()
  for (const name of names) {
    const its = zoneOfName(name, zone)
    const key = its.zone === 'other' ? its.offsetMinutes : its.zone
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const most = [...counts].find(([, count]) => count * 2 > names.length)
  const except = names.length - (most?.[1] ?? 0)
  if (names.length === 0 || most?.[0] === 'host') return { names: 'agree', except }
  if (typeof most?.[0] === 'number') return { names: 'elsewhere', offsetMinutes: most[0], except }
  const offsetsMinutes = [...counts.keys()].filter((key) => typeof key === 'number').toSorted((a, b) => a - b)
  return { names: 'mixed', offsetsMinutes, off: counts.get('off') ?? 0 }
}

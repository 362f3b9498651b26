// Instants and durations: ISO 8601 in UTC at the edges, two units for people.
import prettyMilliseconds from 'pretty-ms'
import { oneLine } from './display.ts'
import { UsageError } from './errors.ts'

const iso =
  /^(?<date>\d{4}-\d{2}-\d{2})[T ](?<time>(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)(?<zone>Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/i

/** Months have their own lengths: JavaScript would read 30 February as 2 March. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}

/**
 * An instant that an operator typed, such as `2026-11-20T23:00:00Z` or `2026-11-20 23:00+01:00`.
 * @param hostZone the host's time zone, named where the operator has to choose one
 * @throws UsageError when it is no instant, or has neither `Z` nor an offset: which of two hours it is decides what
 *   is lost
 */
export function parseInstant(text: string, hostZone?: string): Date {
  const { date = '', time = '', zone } = iso.exec(text.trim())?.groups ?? {}
  if (!isDay(date)) {
    throw new UsageError(`a time is written like 2026-11-20T23:00:00Z, not ${JSON.stringify(oneLine(text))}`)
  }
  if (zone === undefined) {
    const host = hostZone === undefined ? '' : `; the host's zone is ${oneLine(hostZone)}`
    throw new UsageError(`a time needs Z or an offset such as +01:00: ${oneLine(text)}${host}`)
  }
  const [, sign, hours, minutes = '00'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
  return new Date(`${date}T${time}${sign === undefined ? 'Z' : `${sign}${hours}:${minutes}`}`)
}

/** Whether this is `YYYY-MM-DDTHH:MM:SS` with a day and an hour that exist. Date alone would carry 30 February over. */
export function isLocalTime(text: string): boolean {
  const instant = new Date(`${text}Z`)
  return !Number.isNaN(instant.getTime()) && instant.toISOString().slice(0, 19) === text
}

const spaced = (text: string): string => text.replaceAll(/(\d)([a-z])/g, '$1 $2')

/** How long something took, for people: `340 ms`, `12.3 s`, `3 m 20 s`, `3 h 29 m`, `2 d 4 h`. */
export function duration(ms: number): string {
  const rounded = Math.abs(ms) < 60_000 ? ms : Math.trunc(ms / 1000) * 1000
  return spaced(prettyMilliseconds(rounded, { unitCount: 2 }))
}

/** How long something may still take, no finer than that can be known: `5 s`, `40 s`, `2 m`, `1 h 5 m`. */
export function about(ms: number): string {
  const unit = ms < 60_000 ? 5000 : 60_000
  return duration(Math.max(1, Math.round(ms / unit)) * unit)
}

/**
 * The time from one instant to another in whole seconds, for people: `45 s`, `3 h 29 m`, `2 d 4 h`; with a minus
 * when the first is the later one.
 * @param from a Date, or an instant as ISO text
 */
export function age(from: Date | string, to: Date | string): string {
  const ms = new Date(to).getTime() - new Date(from).getTime()
  if (Number.isNaN(ms)) throw new RangeError(`not two instants: ${String(from)}, ${String(to)}`)
  const seconds = Math.trunc(ms / 1000)
  // pretty-ms says "0 ms" of nothing.
  return seconds === 0 ? '0 s' : duration(seconds * 1000)
}

/** An instant to the minute in UTC, for people: `2026-11-20 23:45`. */
export const utcMinute = (at: Date | string): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making a format costs far more than using it. @throws RangeError for a zone that is not known */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, format)
  return format
}

const fields = ['year', 'month', 'day', 'hour', 'minute', 'second']

/** How far a zone is ahead of UTC at an instant, in milliseconds; a zone that is not known is UTC. */
function offset(instant: number, zone: string): number {
  try {
    const parts = formatOf(zone).formatToParts(instant)
    const [year = 0, month = 1, day, hour, minute, second] = fields.map((type) =>
      Number(parts.find((part) => part.type === type)?.value),
    )
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
  } catch {
    return 0
  }
}

/** A local time as if it were UTC's, and the instants it would be by the zone's offsets of the day before and after. */
function readings(localTime: string, zone: string): { asUtc: number; candidates: number[] } {
  const asUtc = Date.parse(`${localTime}Z`)
  const day = 86_400_000
  // Zones change their offset at most once in two days: these are the two it can have.
  const offsets = [...new Set([asUtc - day, asUtc + day].map((near) => offset(near, zone)))]
  return { asUtc, candidates: offsets.map((each) => asUtc - each).toSorted((a, b) => a - b) }
}

/**
 * What a zone's clocks show at an instant, as `YYYY-MM-DDTHH:MM:SS`.
 * @param zone an IANA name; one that is not known is taken as UTC
 */
export function localTimeAt(instant: Date, zone: string): string {
  return new Date(instant.getTime() + offset(instant.getTime(), zone)).toISOString().slice(0, 19)
}

/**
 * The instants at which a zone's clocks show this local time, the earliest first: one; two in the hour that is shown
 * again when the clocks are set back; none in the hour that is left out when they are set forward.
 * @param localTime `YYYY-MM-DDTHH:MM:SS`
 * @param zone an IANA name; one that is not known is taken as UTC
 */
export function instantsOf(localTime: string, zone: string): Date[] {
  const { asUtc, candidates } = readings(localTime, zone)
  return candidates.filter((each) => each + offset(each, zone) === asUtc).map((each) => new Date(each))
}

/**
 * The earliest instant at which a zone's clocks showed this local time. When they are set back an hour is shown twice;
 * an hour that is left out is taken as if it had been shown.
 * @param localTime `YYYY-MM-DDTHH:MM:SS`
 * @param zone an IANA name; one that is not known is taken as UTC
 */
export function earliestInstant(localTime: string, zone: string): Date {
  return instantsOf(localTime, zone)[0] ?? new Date(readings(localTime, zone).candidates[0] ?? Number.NaN)
}

/**
 * The first instant at which a zone's clocks show this local time or a later one: in an hour that is left out, the
 * moment they are set forward.
 * @param localTime `YYYY-MM-DDTHH:MM:SS`
 * @param zone an IANA name; one that is not known is taken as UTC
 */
export function clockReaches(localTime: string, zone: string): Date {
  const [shown] = instantsOf(localTime, zone)
  if (shown !== undefined) return shown
  const { asUtc, candidates } = readings(localTime, zone)
  let [before = asUtc, after = asUtc] = candidates
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000
    if (middle + offset(middle, zone) < asUtc) before = middle
    else after = middle
  }
  return new Date(after)
}

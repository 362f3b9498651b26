/** A time to live as zfsnap writes it: calendar years and months, then fixed lengths. */
export interface Ttl {
  readonly years: number
  readonly months: number
  readonly seconds: number
}

/** A snapshot's name as zfsnap writes it, split. */
export interface ZfsnapName {
  readonly prefix: string
  /** The host's local time with no zone, as `YYYY-MM-DDTHH:MM:SS`. */
  readonly localTime: string
  readonly ttl: Ttl | 'forever'
}

const date = /^(.*?)(\d{4})-(\d\d)-(\d\d)_(\d\d)\.(\d\d)\.(\d\d)$/s
const units = /^(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)M)?(?:(\d+)s)?$/

function ttlOf(text: string): Ttl | 'forever' | undefined {
  if (text === 'forever') return 'forever'
  // Version 1 also wrote bare seconds.
  const found = /^\d+$/.test(text) ? ['', '', '', '', '', '', '', text] : units.exec(text)
  if (found === null || text === '') return undefined
  const [years, months, weeks, days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part || 0))
  return {
    years: years ?? 0,
    months: months ?? 0,
    seconds: (weeks ?? 0) * 604_800 + (days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0),
  }
}

/**
 * Reads what stands after the `@`. zfsnap's names are `PREFIX` date `--` ttl, split at the last `--`
 * (zfsnap's man page, "SNAPSHOT NAMES").
 * @returns undefined when zfsnap did not make that name
 */
export function parseZfsnapName(name: string): ZfsnapName | undefined {
  const at = name.lastIndexOf('--')
  const found = at === -1 ? null : date.exec(name.slice(0, at))
  const ttl = at === -1 ? undefined : ttlOf(name.slice(at + 2))
  if (found === null || ttl === undefined) return undefined
  const [, prefix = '', year, month, day, hour, minute, second] = found
  const localTime = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const instant = new Date(`${localTime}Z`)
  // Refuses 2026-02-30 and 25:00, which Date would carry over.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 19) !== localTime) return undefined
  return { prefix, localTime, ttl }
}

/** When a snapshot made at `createdAt` is past its time to live; undefined when never. Months and years by the calendar. */
export function expiry(createdAt: Date, ttl: Ttl | 'forever'): Date | undefined {
  if (ttl === 'forever') return undefined
  const end = new Date(createdAt)
  end.setUTCFullYear(end.getUTCFullYear() + ttl.years, end.getUTCMonth() + ttl.months)
  return new Date(end.getTime() + ttl.seconds * 1000)
}

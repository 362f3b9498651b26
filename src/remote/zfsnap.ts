// zfsnap's names, and how long it keeps what they name: its versions 1 (zfSnap.sh, Debian's package) and 2 (core.sh).
import { clockReaches, earliestInstant, isLocalTime } from '../text/time.ts'

/** A time to live as zfsnap writes it. */
export interface Ttl {
  readonly years: number
  readonly months: number
  readonly seconds: number
  /** Bare seconds, a zero or leading zeros: version 2 neither writes such a time to live nor acts on it. */
  readonly onlyVersion1: boolean
}

/** A snapshot's name as zfsnap writes it, split. */
export interface ZfsnapName {
  readonly prefix: string
  /** The host's local time with no zone, as `YYYY-MM-DDTHH:MM:SS`. */
  readonly localTime: string
  readonly ttl: Ttl | 'forever'
  /** It has a prefix, and zfsnap's own `destroy` passes it over unless it is given that prefix with `-p`. */
  readonly needsPrefixFlag: boolean
}

// The years that zfsnap's own patterns know. Before 1.4, and with -o until 1.10, it wrote colons into the time.
const date = /^(.*?)((?:19|20)\d\d-\d\d-\d\d)_(\d\d)([.:])(\d\d)\4(\d\d)$/s
const units = /^(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)M)?(?:(\d+)s?)?$/
/** No zero, no leading zeros, no number without its unit. */
const ofVersion2 = /^(?:[1-9]\d*[ymwdhMs])+$/

const minute = 60
const hour = 60 * minute
const day = 24 * hour

function ttlOf(text: string): Ttl | 'forever' | undefined {
  if (text === 'forever') return 'forever'
  const found = text === '' ? null : units.exec(text)
  if (found === null) return undefined
  const [y = 0, m = 0, w = 0, d = 0, h = 0, M = 0, s = 0] = found.slice(1).map((part) => Number(part ?? 0))
  return {
    years: y,
    months: m,
    seconds: w * 7 * day + d * day + h * hour + M * minute + s,
    onlyVersion1: !ofVersion2.test(text),
  }
}

/**
 * Reads what stands after the `@`. zfsnap's names are `PREFIX` date `--` ttl, split at the last `--`
 * (zfsnap(8); `TrimToTTL` in its core.sh).
 * @returns undefined when zfsnap did not make that name
 */
export function parseZfsnapName(name: string): ZfsnapName | undefined {
  const at = name.lastIndexOf('--')
  const found = at === -1 ? null : date.exec(name.slice(0, at))
  const ttl = at === -1 ? undefined : ttlOf(name.slice(at + 2))
  if (found === null || ttl === undefined) return undefined
  const [, prefix = '', days = '', hours = '', , minutes = '', seconds = ''] = found
  const localTime = `${days}T${hours}:${minutes}:${seconds}`
  return isLocalTime(localTime) ? { prefix, localTime, ttl, needsPrefixFlag: prefix !== '' } : undefined
}

/** Years of five digits, and what no Date can hold. */
const isFar = (instant: Date): boolean => !(instant.getTime() < Date.UTC(9999, 0))

/** Version 1 counts seconds: 365 days a year, 30 a month (`TTL2Seconds`). */
function afterSeconds(instant: Date, { years, months, seconds }: Ttl): Date | undefined {
  const end = new Date(instant.getTime() + (years * 365 * day + months * 30 * day + seconds) * 1000)
  return isFar(end) ? undefined : end
}

/**
 * Version 2 adds to the local date field by field, and waits until the host's clock shows the sum (`DatePlusTTL`): a
 * month after 31 January is 3 March, and a day across a change of the clocks has 23 or 25 hours.
 */
function byCalendar(localTime: string, { years, months, seconds }: Ttl, zone: string): Date | undefined {
  const sum = new Date(`${localTime}Z`)
  const month = sum.getUTCMonth() + 1 + months
  // Its division has no December of a later year: it makes the January after of it.
  const skipped = month > 12 && month % 12 === 0 ? 1 : 0
  sum.setUTCFullYear(sum.getUTCFullYear() + years, month - 1 + skipped)
  sum.setTime(sum.getTime() + seconds * 1000)
  return isFar(sum) ? undefined : clockReaches(sum.toISOString().slice(0, 19), zone)
}

/**
 * When zfsnap's own `destroy` takes a snapshot, if it looks at it at all (`needsPrefixFlag`). It goes by the name alone
 * and by the host's clock. A snapshot that is there after that was not looked at, or is held.
 * @param zone the host's, an IANA name
 * @param version which zfsnap destroys on the host: 1 (`zfSnap`, as Debian and Ubuntu have it) or 2 (`zfsnap`); when it
 *   isn't known, the earlier of what the two reckon
 * @returns undefined when never: `forever`, beyond the year 9998, or a time to live that version 2 doesn't act on
 */
export function expiry({ localTime, ttl }: ZfsnapName, zone: string, version?: 1 | 2): Date | undefined {
  if (ttl === 'forever') return undefined
  const ends = [
    version === 2 ? undefined : afterSeconds(earliestInstant(localTime, zone), ttl),
    version === 1 || ttl.onlyVersion1 ? undefined : byCalendar(localTime, ttl, zone),
  ]
  return ends.filter((end) => end !== undefined).toSorted((a, b) => a.getTime() - b.getTime())[0]
}

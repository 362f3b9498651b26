// What the clocks of a zone show. A zone is an IANA name; one that is not known is UTC, as for the C library.
import { instantsOf, localTimeAt, clockReaches } from '../../../text/time.ts'

/** A moment's local time as if it were UTC's: for the UTC parts of a Date, and its calendar. */
export const asLocal = (at: Date, zone: string): Date => new Date(`${localTimeAt(at, zone)}Z`)

/** When the zone's clocks next show a time that `asLocal` gave, after a moment: an hour that they leave out ends at once. */
export function fromLocal(local: Date, zone: string, after: Date): Date {
  const text = local.toISOString().slice(0, 19)
  return instantsOf(text, zone).find((each) => each > after) ?? clockReaches(text, zone)
}

// A language knows the abbreviations of its own countries' zones, and says GMT+9 of all others.
const languages = ['en-GB', 'en-US', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA']

const formats = new Map<string, readonly Intl.DateTimeFormat[]>()

/** Making them costs far more than using them. None for a zone that is not known. */
function formatsOf(zone: string): readonly Intl.DateTimeFormat[] {
  const made = formats.get(zone) ?? languages.flatMap((language) => formatIn(language, zone))
  formats.set(zone, made)
  return made
}

function formatIn(language: string, timeZone: string): Intl.DateTimeFormat[] {
  try {
    return [new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'short' })]
  } catch {
    return []
  }
}

/** `CEST`, as tzdata has it; of a zone that no language has one for, `+09`. */
function abbreviation(at: Date, zone: string): string {
  const all = formatsOf(zone)
  if (all.length === 0) return 'UTC'
  for (const format of all) {
    const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value
    if (name !== undefined && !/^GMT[+-]/.test(name)) return name
  }
  return offsetOf(at, zone).replace(/00$/, '')
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `+0200` */
function offsetOf(at: Date, zone: string): string {
  const minutes = Math.round((asLocal(at, zone).getTime() - Math.floor(at.getTime() / 1000) * 1000) / 60_000)
  const whole = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(whole / 60))}${two(whole % 60)}`
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** strftime(3), and `%N` and `%:z` of date(1). */
export function strftime(format: string, at: Date, zone: string): string {
  const local = asLocal(at, zone)
  const parts: Readonly<Record<string, () => string>> = {
    Y: () => String(local.getUTCFullYear()),
    m: () => two(local.getUTCMonth() + 1),
    d: () => two(local.getUTCDate()),
    e: () => String(local.getUTCDate()).padStart(2),
    H: () => two(local.getUTCHours()),
    k: () => String(local.getUTCHours()).padStart(2),
    M: () => two(local.getUTCMinutes()),
    S: () => two(local.getUTCSeconds()),
    F: () => local.toISOString().slice(0, 10),
    T: () => local.toISOString().slice(11, 19),
    R: () => local.toISOString().slice(11, 16),
    s: () => String(Math.floor(at.getTime() / 1000)),
    N: () => `${String(at.getUTCMilliseconds()).padStart(3, '0')}000000`,
    Z: () => abbreviation(at, zone),
    z: () => offsetOf(at, zone),
    ':z': () => offsetOf(at, zone).replace(/(?=..$)/, ':'),
    a: () => (weekdays[local.getUTCDay()] ?? '').slice(0, 3),
    A: () => weekdays[local.getUTCDay()] ?? '',
    b: () => (months[local.getUTCMonth()] ?? '').slice(0, 3),
    B: () => months[local.getUTCMonth()] ?? '',
    u: () => String(local.getUTCDay() || 7),
    w: () => String(local.getUTCDay()),
    y: () => two(local.getUTCFullYear() % 100),
    '%': () => '%',
    n: () => '\n',
    t: () => '\t',
  }
  return format.replaceAll(/%(:?[A-Za-z%])/g, (found, key: string) => parts[key]?.() ?? found)
}

/** zfsnap's name of a snapshot with so long to live, local time without its zone: `2026-03-28_12.00.00--1w`. */
export const zfsnapName = (at: Date, zone: string, ttl: string): string =>
  `${strftime('%F_%H.%M.%S', at, zone)}--${ttl}`

// The date in the name of a folder or file, as backup scripts write it with date(1). Names are read, never sorted: of
// `04-25-2020` and `01-02-2021` the later one comes first in every listing.
import { earliestInstant, isLocalTime } from '../../text/time.ts'

/** A date in a name. Of a day that is written `04-05-2020` nobody can say which month it is in, by itself. */
export interface NamedDate {
  /** The instant it means, ISO UTC; a day without a time is its midnight in UTC. */
  readonly at: string
  /** The same with day and month the other way round, where that is a day too. */
  readonly orElse: string | null
  /** Whether `at` has the month first, the day first, or a form that leaves no doubt. */
  readonly order: 'month-first' | 'day-first' | 'plain'
  /** Whether it names a day and no time of it. */
  readonly isDay: boolean
  /** The name without the date: what is the same in all names of one series. */
  readonly around: string
}

type Fields = Readonly<Record<string, string | undefined>>

const clock = String.raw`(?<hour>\d\d)[-_:.]?(?<minute>\d\d)(?:[-_:.]?(?<second>\d\d))?(?<zone>Z)?`
const alone = (form: string): RegExp => new RegExp(String.raw`(?<!\d)${form}(?!\d)`, 'g')

// The longer forms first: each of them has a shorter one within it.
const forms: readonly RegExp[] = [
  alone(String.raw`(?<year>\d{4})(?<apart>[-_]?)(?<month>\d\d)\k<apart>(?<day>\d\d)[-_.T]${clock}`),
  alone(String.raw`(?<first>\d\d)(?<apart>[-_])(?<second_>\d\d)\k<apart>(?<year>\d{4})[-_.T]${clock}`),
  alone(String.raw`(?<year>\d{4})(?<apart>[-_]?)(?<month>\d\d)\k<apart>(?<day>\d\d)`),
  alone(String.raw`(?<first>\d\d)(?<apart>[-_])(?<second_>\d\d)\k<apart>(?<year>\d{4})`),
  alone(String.raw`(?<epoch>\d{10})`),
]

/** Numbers that only look like a date are of no year in which dumps were made. */
const isPlausible = (instant: number): boolean => instant >= Date.UTC(1990) && instant < Date.UTC(2100)

function instantOf(
  { year, hour, minute, second, zone }: Fields,
  month = '',
  day = '',
  hostZone = 'UTC',
): string | null {
  const local = `${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}`
  if (!isLocalTime(local)) return null
  const at = hour === undefined || zone === 'Z' ? new Date(`${local}Z`) : earliestInstant(local, hostZone)
  return isPlausible(at.getTime()) ? at.toISOString() : null
}

function read(found: Fields, around: string, zone: string): NamedDate | null {
  const { epoch, first, second_: second, month, day } = found
  if (epoch !== undefined) {
    const ms = Number(epoch) * 1000
    return isPlausible(ms)
      ? { at: new Date(ms).toISOString(), orElse: null, order: 'plain', isDay: false, around }
      : null
  }
  const isDay = found['hour'] === undefined
  if (first === undefined) {
    const at = instantOf(found, month, day, zone)
    return at === null ? null : { at, orElse: null, order: 'plain', isDay, around }
  }
  const monthFirst = instantOf(found, first, second, zone)
  const dayFirst = instantOf(found, second, first, zone)
  if (monthFirst === null)
    return dayFirst === null ? null : { at: dayFirst, orElse: null, order: 'day-first', isDay, around }
  return { at: monthFirst, orElse: dayFirst === monthFirst ? null : dayFirst, order: 'month-first', isDay, around }
}

/**
 * The date in a name; undefined where there is none. `MM-DD-YYYY` is taken to have the month first where it can be so.
 * @param name of a folder or a file, without what it is in
 * @param zone the host's, in which a time without `Z` is read
 */
export function dateIn(name: string, zone = 'UTC'): NamedDate | undefined {
  for (const form of forms) {
    for (const found of name.matchAll(form)) {
      const around = `${name.slice(0, found.index)}*${name.slice(found.index + found[0].length)}`
      const date = read(found.groups ?? {}, around, zone)
      if (date !== null) return date
    }
  }
  return undefined
}

/** A date with what else is known of its day: when what bears it was written, ISO UTC. */
interface Dated {
  readonly date: NamedDate
  readonly writtenAt: string
}

const dayMs = 86_400_000

const hourMs = 3_600_000

/**
 * The moment of what bears a date. Of a day alone it is when it was written, if that was on that day somewhere on earth, and
 * else the day's midnight: a copy was written later than what is in it.
 */
export function momentOf({ at, isDay }: NamedDate, writtenAt: string): string {
  const since = Date.parse(writtenAt) - Date.parse(at)
  return isDay && since >= -14 * hourMs && since < 36 * hourMs ? writtenAt : at
}

/** A dump is written on its day, or in the night after it, wherever that is. */
const isNear = (at: string, writtenAt: string): boolean => Math.abs(Date.parse(at) - Date.parse(writtenAt)) <= 2 * dayMs

const swapped = (date: NamedDate): NamedDate =>
  date.orElse === null
    ? date
    : { ...date, at: date.orElse, orElse: date.at, order: date.order === 'month-first' ? 'day-first' : 'month-first' }

const certain = (date: NamedDate): NamedDate => ({ ...date, orElse: null })

/**
 * The dates of one series, each as its neighbours write theirs: a single `04-25-2020` tells that the month comes first.
 * Where they tell nothing, or both, a date is as near as it can be to when it was written. What has still an `orElse`
 * then may be either.
 */
export function settleOrders(series: readonly Dated[]): NamedDate[] {
  const telling = new Set(series.filter(({ date }) => date.orElse === null).flatMap(({ date }) => sureOrder(date)))
  const [order] = telling
  return series.map(({ date, writtenAt }) => {
    if (date.orElse === null) return date
    if (telling.size === 1 && order !== undefined) return certain(order === date.order ? date : swapped(date))
    const [here, there] = [isNear(date.at, writtenAt), isNear(date.orElse, writtenAt)]
    if (here === there) return date
    return certain(here ? date : swapped(date))
  })
}

/** Of a day such as 05-05 the two orders are the same: it tells nothing. */
function sureOrder({ order, at }: NamedDate): NamedDate['order'][] {
  const [month, day] = [at.slice(5, 7), at.slice(8, 10)]
  return order === 'plain' || month === day ? [] : [order]
}

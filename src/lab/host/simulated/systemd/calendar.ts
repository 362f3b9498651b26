// When a calendar expression is due next (systemd.time(7)): as far as dates, times, lists, ranges and steps go.
import { asLocal, fromLocal } from '../local-clock.ts'

const named: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  yearly: '*-01-01 00:00:00',
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** `*`, `5`, `1,3`, `1..5`, `0/15`: which numbers it takes. */
function takes(part: string): (value: number) => boolean {
  const tests = part.split(',').map((each) => {
    const [range = '*', step] = each.split('/')
    const [from = '*', to] = range.split('..')
    const every = step === undefined ? undefined : Number(step)
    const first = from === '*' ? 0 : Number(from)
    const end = to === undefined ? (every === undefined && from !== '*' ? first : Number.POSITIVE_INFINITY) : Number(to)
    return (value: number): boolean =>
      value >= first && value <= end && (every === undefined || (value - first) % every === 0)
  })
  return (value) => tests.some((test) => test(value))
}

/**
 * In the hour that clocks show twice a time is due in the first one, unless that is over.
 * @param zone of the times in the expression, an IANA name, where it names none itself
 * @returns undefined for an expression that isn't understood, or is never due within five years
 */
export function nextDue(expression: string, after: Date, zone: string): Date | undefined {
  const text = named[expression.trim().toLowerCase()] ?? expression.trim()
  const its = /\sUTC$/.test(text) ? 'UTC' : zone
  const parts = text.replace(/\s+UTC$/, '').split(/\s+/)
  const days = /^[A-Za-z]/.test(parts[0] ?? '') ? (parts.shift() ?? '*') : '*'
  const date = (parts[0] ?? '').includes('-') ? (parts.shift() ?? '') : '*-*-*'
  const [hour, minute, second = '00'] = (parts.shift() ?? '00:00:00').split(':')
  const [year, month, day] = date.split('-').length === 2 ? ['*', ...date.split('-')] : date.split('-')
  if (parts.length > 0 || [year, month, day, hour, minute].includes(undefined)) return undefined
  const [onYear, onMonth, onDay, atHour, atMinute, atSecond] = [year, month, day, hour, minute, second].map((part) =>
    takes(part ?? '*'),
  )
  const onWeekday = takes(
    days.toLowerCase().replaceAll(/[a-z]+/g, (name) => String(weekdays.indexOf(name.slice(0, 3)))),
  )
  const at = new Date(asLocal(after, its).getTime() + 1000)
  const end = at.getTime() + 5 * 366 * 86_400_000
  while (at.getTime() < end) {
    const dateFits =
      onYear?.(at.getUTCFullYear()) &&
      onMonth?.(at.getUTCMonth() + 1) &&
      onDay?.(at.getUTCDate()) &&
      onWeekday(at.getUTCDay())
    if (dateFits !== true) at.setUTCHours(24, 0, 0, 0)
    else if (atHour?.(at.getUTCHours()) !== true) at.setUTCMinutes(60, 0, 0)
    else if (atMinute?.(at.getUTCMinutes()) !== true) at.setUTCSeconds(60, 0)
    else if (atSecond?.(at.getUTCSeconds()) !== true) at.setUTCSeconds(at.getUTCSeconds() + 1)
    else {
      const due = fromLocal(at, its, after)
      if (due > after) return due
      at.setUTCSeconds(at.getUTCSeconds() + 1)
    }
  }
  return undefined
}

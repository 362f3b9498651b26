// journalctl(1).
import { globToRegExp } from './glob.ts'
import { readOptions } from './options.ts'
import { earliestInstant } from '../../../../text/time.ts'
import { strftime } from '../local-clock.ts'
import { done, notInThisLab, zoneOf, type Call, type HostCommand } from '../shell/command.ts'
import type { JournalEntry } from '../systemd/journal.ts'
import { fullUnitName } from '../systemd/unit-file.ts'

export interface JournalQuestion {
  readonly units: readonly string[]
  readonly most?: number | undefined
  readonly format: string
  readonly since?: Date | undefined
  readonly boot?: boolean
}

const times: Readonly<Record<string, string>> = {
  short: '%b %d %T',
  'short-iso': '%FT%T%z',
  'short-full': '%a %F %T %Z',
  'short-unix': '%s',
}

function shown(call: Call, format: string, { at, by, pid, message }: JournalEntry): string {
  if (format === 'cat') return message
  const hostName = (call.world.machine.text('/etc/hostname') ?? 'localhost').trim()
  return `${strftime(times[format] ?? '%b %d %T', at, zoneOf(call))} ${hostName} ${by}[${pid}]: ${message}`
}

/** @param question `units` may be patterns; none is everybody */
export function journalLines(call: Call, { units, most, format, since, boot }: JournalQuestion): string[] {
  const { machine, systemd } = call.world
  const patterns = units.map((name) => globToRegExp(fullUnitName(name)))
  const entries = systemd.journal
    .all()
    .filter(
      (each) =>
        (patterns.length === 0 || patterns.some((pattern) => pattern.test(each.unit))) &&
        (since === undefined || each.at >= since) &&
        (boot !== true || each.bootId === machine.bootId),
    )
  const kept = most === undefined ? entries : entries.slice(Math.max(0, entries.length - most))
  return kept.flatMap((entry, at) => {
    const line = shown(call, format, entry)
    const before = kept[at - 1]
    const rebooted = before !== undefined && before.bootId !== entry.bootId && format !== 'cat'
    return rebooted ? [`-- Boot ${entry.bootId.replaceAll('-', '')} --`, line] : [line]
  })
}

export const journalctl: HostCommand = (call) => {
  const options = readOptions(
    call.args,
    'no-pager o: output: n: lines: u: unit: b boot x catalog e pager-end xeu: q quiet since: S: r reverse f follow k',
  )
  if (options.unknown !== undefined) return notInThisLab(`journalctl ${options.unknown}`)
  if (options.has('f', 'follow', 'k')) return notInThisLab('journalctl -f')
  const format = options.value('o', 'output') ?? 'short'
  if (format !== 'cat' && times[format] === undefined) return notInThisLab(`journalctl -o ${format}`)
  const since = options.value('since', 'S')
  const lines = journalLines(call, {
    units: options.values('u', 'unit'),
    most: options.has('n', 'lines') ? Number(options.value('n', 'lines') || 10) : undefined,
    format,
    since:
      since === undefined
        ? undefined
        : since.startsWith('@')
          ? new Date(Number(since.slice(1)) * 1000)
          : earliestInstant(since.replace(' ', 'T'), zoneOf(call)),
    boot: options.has('b', 'boot'),
  })
  const ordered = options.has('r', 'reverse') ? lines.toReversed() : lines
  if (ordered.length === 0) return done(options.has('q', 'quiet') ? '' : '-- No entries --\n')
  return done(ordered.map((line) => `${line}\n`).join(''))
}

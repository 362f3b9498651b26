// Unit files as systemd reads them: in /etc before /run before /usr/lib, with their drop-ins (systemd.unit(5)).
import type { Machine } from '../machine.ts'

type UnitLoad = 'loaded' | 'not-found' | 'masked'

export interface UnitFile {
  readonly name: string
  readonly load: UnitLoad
  /** The fragment and its drop-ins, in the order of reading. */
  readonly paths: readonly string[]
  /** `Section.Key` and its values, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** A transient unit's command, word by word. */
  readonly command?: readonly string[]
}

const folders = ['/etc/systemd/system', '/run/systemd/transient', '/run/systemd/system', '/usr/lib/systemd/system']

/** Of a unit: `NAME.service` where nothing else is said. */
export const fullUnitName = (name: string): string =>
  /\.(service|timer|target|socket|mount|scope|slice|path|device|swap|automount)$/.test(name) ? name : `${name}.service`

function readInto(values: Map<string, string[]>, text: string): void {
  let section = ''
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    const header = /^\[(.*)\]$/.exec(trimmed)
    const at = trimmed.indexOf('=')
    if (header !== null) section = header[1] ?? ''
    else if (at > 0) {
      const key = `${section}.${trimmed.slice(0, at).trim()}`
      const value = trimmed.slice(at + 1).trim()
      // An empty value takes back what was said before.
      values.set(key, value === '' ? [] : [...(values.get(key) ?? []), value])
    }
  }
}

export function readUnit(machine: Machine, name: string): UnitFile {
  const files = machine.files()
  const masked = { name, load: 'masked', paths: [], values: new Map() } as const
  const fragment = folders.map((folder) => `${folder}/${name}`).find((path) => files.find(path, false) !== undefined)
  if (fragment === undefined) return { name, load: 'not-found', paths: [], values: new Map() }
  const found = files.find(fragment)
  if (found === undefined) return { ...masked, load: 'not-found' }
  if (found.path === '/dev/null') return { ...masked, paths: [fragment] }
  const values = new Map<string, string[]>()
  readInto(values, machine.text(fragment) ?? '')
  const dropIns = folders.flatMap((folder) => {
    const at = `${folder}/${name}.d`
    return files.find(at) === undefined
      ? []
      : files.list(at).flatMap((each) => (each.endsWith('.conf') ? `${at}/${each}` : []))
  })
  for (const path of dropIns) readInto(values, machine.text(path) ?? '')
  return { name, load: 'loaded', paths: [fragment, ...dropIns], values }
}

/** The last value, which is the one that counts. */
export const last = (unit: UnitFile, key: string): string | undefined => unit.values.get(key)?.at(-1)

export const words = (unit: UnitFile, key: string): string[] =>
  (unit.values.get(key) ?? []).flatMap((value) => value.split(/\s+/).filter((word) => word !== ''))

/** `90`, `1min 30s`, `43200s`, `2h` in milliseconds (systemd.time(7)); undefined for what is none. */
export function spanMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const units: Readonly<Record<string, number>> = {
    '': 1000,
    s: 1000,
    sec: 1000,
    second: 1000,
    seconds: 1000,
    ms: 1,
    msec: 1,
    us: 0.001,
    m: 60_000,
    min: 60_000,
    minute: 60_000,
    minutes: 60_000,
    h: 3_600_000,
    hr: 3_600_000,
    hour: 3_600_000,
    hours: 3_600_000,
    d: 86_400_000,
    day: 86_400_000,
    days: 86_400_000,
    w: 604_800_000,
    week: 604_800_000,
    weeks: 604_800_000,
  }
  const found = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)\s*/g)]
  if (
    found.map((each) => each[0]).join('') !== text.trim() &&
    found
      .map((each) => each[0])
      .join('')
      .trim() !== text.trim()
  )
    return undefined
  let sum = 0
  for (const [, amount = '', unit = ''] of found) {
    const size = units[unit]
    if (size === undefined) return undefined
    sum += Number(amount) * size
  }
  return found.length === 0 ? undefined : sum
}

/** A command line's words; what is quoted is one. */
export function execWords(line: string): string[] {
  const found = [...line.replace(/^[-@:+!]+/, '').matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g)]
  return found.map(([, double, single, plain]) => (double ?? single)?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '')
}

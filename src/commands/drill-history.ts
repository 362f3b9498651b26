// The drills of this machine, kept a line each.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import prettyMs from 'pretty-ms'
import { errorCode } from '../text/error-code.ts'
import { oneLine } from '../text/display.ts'
import { UsageError } from '../text/errors.ts'
import { drilled, verdict, type Drilled } from './drill-debrief.ts'

const fileIn = (state: string): string => join(state, 'drills.jsonl')

export function keepDrill(state: string, drill: Drilled): void {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  appendFileSync(fileIn(state), `${JSON.stringify(drill)}\n`, { mode: 0o600 })
}

/** Oldest first. A line that a power cut has cut off is left out. */
export function drillsIn(state: string): Drilled[] {
  try {
    return readFileSync(fileIn(state), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const read = drilled.safeParse(parsed(line))
        return read.success ? [read.data] : []
      })
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return []
    if (code !== null) throw new UsageError(`the history ${fileIn(state)} can't be read: ${code}`)
    throw error
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const barColumns = 24

/** One line a drill: when, which, how it ended, and how long it took, as a bar against the longest. */
export function* historyLines(drills: readonly Drilled[]): Generator<string> {
  const longest = Math.max(1, ...drills.map((each) => each.rtoMs ?? 0))
  for (const each of drills) {
    const { at, scenario, rtoMs, objectives } = each
    const bar = '█'.repeat(rtoMs === null ? 0 : Math.max(1, Math.round((rtoMs / longest) * barColumns)))
    const took = rtoMs === null ? '' : prettyMs(rtoMs, { secondsDecimalDigits: 0, unitCount: 2 })
    const late = rtoMs !== null && rtoMs > objectives.rtoMs ? ' late' : ''
    const day = `${at.slice(0, 10)} ${at.slice(11, 16)}`
    yield `${day}  ${oneLine(scenario).padEnd(20)} ${verdict(each).padEnd(10)} ${took.padStart(8)}${late} ${bar}`.trimEnd()
  }
}

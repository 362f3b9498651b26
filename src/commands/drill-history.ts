// The drills of this machine, kept a line each.
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import prettyMs from 'pretty-ms'
import { errorCode } from '../text/error-code.ts'
import { oneLine } from '../text/display.ts'
import { UsageError } from '../text/errors.ts'
import { makeFolder } from '../text/make-folder.ts'
import { drilled, verdict, type Drilled } from './drill-debrief.ts'

const fileIn = (state: string): string => join(state, 'drills.jsonl')

/** Writes behind what is there. @throws UsageError */
function append(state: string, text: string): void {
  try {
    makeFolder(state)
    appendFileSync(fileIn(state), text, { mode: 0o600 })
  } catch (error) {
    const code = errorCode(error)
    if (code === null) throw error
    throw new UsageError(`the history ${fileIn(state)} can't be written: ${code}; name another place with --state-dir`)
  }
}

export const keepDrill = (state: string, drill: Drilled): void => append(state, `${JSON.stringify(drill)}\n`)

/** Refuses before anything is rehearsed what could not be kept at its end. @throws UsageError */
export const demandHistory = (state: string): void => append(state, '')

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

/** What is left of 80 columns. */
const barColumns = 16

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

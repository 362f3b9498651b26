// Where events go: to programs as one JSON object a line, to people as lines.
import { resolve } from 'node:path'
import wrapAnsi from 'wrap-ansi'
import { linesOf } from '../plain/lines.ts'
import type { Emit, ErrorObject, RunEvent } from '../run/events.ts'
import { lines as displayLines, oneLine } from '../text/display.ts'
import type { Next } from '../text/errors.ts'
import { word } from '../text/quote.ts'
import { resourceText } from '../text/resource.ts'
import type { CommonOptions } from './options.ts'

const jsonLine = (now: () => Date, object: object): string =>
  `${JSON.stringify({ v: 1, at: now().toISOString(), ...object })}\n`

/** The last word without what leads on, where nothing of it will be left. */
export const passing =
  (emit: Emit, { passing: passes }: CommonOptions): Emit =>
  (event) =>
    emit(
      passes === true && event.type === 'run-finished' ? { ...event, resources: [], leftovers: [], next: [] } : event,
    )

export const jsonOutput =
  (out: NodeJS.WritableStream, now: () => Date): Emit =>
  (event) =>
    void out.write(jsonLine(now, event))

/** A command as an operator can paste it. */
type Typed = (command: string) => string

/** Our own commands as they have to be typed here: by way of npx, and with what the command line named instead of a default. */
export function typedHere({ config, stateDir }: CommonOptions, env: NodeJS.ProcessEnv): Typed {
  const program = env.npm_command === 'exec' ? 'npx lifeboat' : 'lifeboat'
  const named = { '--config': config, '--state-dir': stateDir }
  return (command) => {
    if (!command.startsWith('lifeboat ')) return command
    const more = Object.entries(named).map(([flag, value]) =>
      value === undefined || command.includes(` ${flag} `) ? '' : ` ${flag} ${word(resolve(value))}`,
    )
    return `${program}${command.slice('lifeboat'.length)}${more.join('')}`
  }
}

const asTyped = (next: readonly Next[], typed: Typed): Next[] =>
  next.map((each) => ({ ...each, command: typed(each.command) }))

/** An event with what it leads on to as it has to be typed here. */
export function asTypedHere(event: RunEvent, typed: Typed): RunEvent {
  if (event.type === 'run-finished') return { ...event, next: asTyped(event.next, typed) }
  if (event.type !== 'step-failed') return event
  return { ...event, error: { ...event.error, next: asTyped(event.error.next, typed) } }
}

/** Prose is wrapped at words, below its own beginning. Commands are not: they are there to be copied. */
export function wrapped(text: string, columns: number | undefined): string {
  const indent = /^ */.exec(text)?.[0] ?? ''
  if (columns === undefined || text.length <= columns || /^ +\$ |^ {4}/.test(text)) return text
  return wrapAnsi(text.trim(), columns - indent.length - 2)
    .split('\n')
    .map((line, at) => `${indent}${at === 0 ? '' : '  '}${line}`)
    .join('\n')
}

/** One wait after another for the same would fill the page; that it still goes on is worth a line now and then. */
const sameWaitMs = 60_000

/** What to say of a wait: the same text of one step at most once a minute. */
function waits(nowMs: () => number): (event: RunEvent, shown: readonly string[]) => readonly string[] {
  const saidMs = new Map<string, number>()
  return (event, shown) => {
    if (event.type !== 'progress') return shown
    return shown.filter((text) => {
      const what = `${event.step} ${text}`
      const isAgain = nowMs() - (saidMs.get(what) ?? Number.NEGATIVE_INFINITY) < sameWaitMs
      if (!isAgain) saidMs.set(what, nowMs())
      return !isAgain
    })
  }
}

/** Lines for a person, as wide as the terminal. @param nowMs a clock that only goes on */
export const plainOutput = (
  out: NodeJS.WritableStream & { readonly columns?: number },
  typed: Typed,
  nowMs: () => number = () => performance.now(),
): Emit => {
  let heading = ''
  const news = waits(nowMs)
  return (given: RunEvent) => {
    const event = asTypedHere(given, typed)
    const step = 'step' in event ? event.step : ''
    const shown = news(event, linesOf(event))
    if (step !== '' && step !== heading && shown.length > 0) {
      out.write(`\n${step}\n`)
      heading = step
    }
    for (const text of shown) out.write(`${wrapped(text, out.columns)}\n`)
  }
}

/** A refusal before any run began: one object for programs, a few lines for people. */
export function writeRefusal(
  streams: { readonly stdout: NodeJS.WritableStream; readonly stderr: NodeJS.WritableStream },
  json: boolean,
  exitCode: number,
  error: ErrorObject,
  now: () => Date,
  typed: Typed,
): void {
  if (json) {
    streams.stdout.write(jsonLine(now, { type: 'error', exitCode, error }))
    return
  }
  streams.stderr.write(`lifeboat: ${oneLine(error.message)}\n`)
  for (const each of error.exists) streams.stderr.write(`exists: ${resourceText(each)}\n`)
  for (const each of error.notChanged) streams.stderr.write(`not changed: ${oneLine(each)}\n`)
  for (const each of asTyped(error.next, typed))
    streams.stderr.write(`hint: ${oneLine(each.why)}: ${displayLines(each.command).join('\n')}\n`)
}

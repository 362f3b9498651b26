// Events as lines for a person: what `--plain`, pipes and screen readers get.
import type { Finished, RunEvent } from '../run/events.ts'
import { lines as displayLines, oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import type { Next } from '../text/errors.ts'
import { resourceText } from '../text/resource.ts'

const nextLines = (next: readonly Next[]): string[] =>
  next.flatMap((each) => [`  ${oneLine(each.why)}:`, ...displayLines(each.command).map((line) => `    ${line}`)])

const listed = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [title, ...lines])

const headline = {
  restored: 'restored: the services run on this data',
  unproven: 'restored, but not proven',
  failed: 'failed',
  cancelled: 'stopped',
} as const

/** Stopped with exit 0: not by a signal, but by an undo, or because only a plan was wanted. */
function headlineOf({ outcome, exitCode, changed, leftovers }: Finished): string {
  if (outcome !== 'cancelled' || exitCode !== 0) return headline[outcome]
  if (!changed) return 'planned'
  return leftovers.length === 0 ? 'taken back: nothing of it is left' : 'taken back'
}

/** Data from after the incident, such as a snapshot that was made meanwhile, lacks nothing from before it. */
const lossLine = (dataLossMs: number): string =>
  dataLossMs <= 0
    ? 'lost: nothing from before the incident'
    : `lost: what was written in the ${duration(dataLossMs)} before the incident`

function finishedLines(event: Extract<RunEvent, { type: 'run-finished' }>): string[] {
  const { datasets, restoredTo, rtoMs, dataLossMs } = event
  return [
    '',
    `${headlineOf(event)} (run ${event.runId}, exit ${event.exitCode})`,
    ...listed(
      'data:',
      datasets.map(
        (each) => `  ${each.dataset}${each.snapshot === null ? '' : `@${each.snapshot}`}  of ${each.createdAt}`,
      ),
    ),
    ...(restoredTo === null ? [] : [`restored to ${restoredTo}`]),
    ...(rtoMs === null ? [] : [`from start to proof: ${duration(rtoMs)}`]),
    ...(dataLossMs === null ? [] : [lossLine(dataLossMs)]),
    ...(event.changed ? [] : ['nothing was changed']),
    ...listed(
      event.outcome === 'restored' ? 'what there is now:' : 'what exists now:',
      event.resources.map((each) => `  ${resourceText(each)}`),
    ),
    ...listed('next:', nextLines(event.next)),
  ]
}

/** Whoever typed it knows, and what was read from a file answers no question. */
const isSecret = (value: unknown): boolean => typeof value === 'object' && value !== null && 'secret' in value

/** A text of several lines, indented below its first. */
const indented = (first: string, text: string): string[] =>
  displayLines(text).map((line, at) => `${at === 0 ? first : '    '}${line}`)

const levels = { info: '', warn: 'warning: ', error: 'error: ' } as const

/** The lines that tell of one event, below its step's heading; none for what is only of interest to programs. */
export function linesOf(event: RunEvent): string[] {
  switch (event.type) {
    case 'run-started':
      return [`lifeboat ${event.version} · ${event.host} · route ${event.route} · run ${event.runId}`]
    case 'question':
      return [`  ${event.question}`]
    case 'answer':
      return isSecret(event.value) ? [] : [`  answered by ${event.by}`]
    case 'withdrawn':
      return [`  taken back: the answers to ${event.steps.join(', ')}`]
    case 'step-started':
      return [`  ${oneLine(event.title)}`]
    case 'command':
      // What only reads is in the log: here it would bury what changes something.
      return event.reads ? [] : indented('  $ ', event.text)
    case 'progress':
      // A wait is said when it begins; with what is seen of it, it would be said again and again.
      return event.waitingFor === null || (event.lines ?? []).length > 0
        ? []
        : [`  waiting for ${oneLine(event.waitingFor)}`]
    case 'step-finished':
      return [`  done in ${duration(event.durationMs)}`]
    case 'step-failed':
      return [
        ...indented('  failed: ', event.error.message),
        ...event.error.notChanged.map((each) => `  not changed: ${oneLine(each)}`),
      ]
    case 'finding':
      return indented(`  ${levels[event.level]}`, event.message)
    case 'plan':
      // The review has shown it, line by line.
      return []
    case 'run-finished':
      return finishedLines(event)
  }
}

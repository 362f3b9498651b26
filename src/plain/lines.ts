// Events as lines for a person: what `--plain`, pipes and screen readers get.
import prettyMilliseconds from 'pretty-ms'
import type { RunEvent } from '../run/events.ts'
import { lines as displayLines, oneLine } from '../text/display.ts'
import type { Next, Resource } from '../text/errors.ts'

const nextLines = (next: readonly Next[]): string[] =>
  next.flatMap((each) => [`  ${oneLine(each.why)}:`, ...displayLines(each.command).map((line) => `    ${line}`)])

const resourceLine = (each: Resource): string =>
  `  ${each.kind} ${oneLine(each.id)}${each.host === null ? '' : ` on ${each.host}`} (${each.state})`

const listed = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [title, ...lines])

const headline = {
  restored: 'restored: the services run on this data',
  unproven: 'restored, but not proven',
  failed: 'failed',
  cancelled: 'stopped',
} as const

function finishedLines(event: Extract<RunEvent, { type: 'run-finished' }>): string[] {
  const { datasets, restoredTo, rtoMs, dataLossMs } = event
  return [
    '',
    `${headline[event.outcome]} (run ${event.runId}, exit ${event.exitCode})`,
    ...listed(
      'data:',
      datasets.map(
        (each) => `  ${each.dataset}${each.snapshot === null ? '' : `@${each.snapshot}`}  of ${each.createdAt}`,
      ),
    ),
    ...(restoredTo === null ? [] : [`restored to ${restoredTo}`]),
    ...(rtoMs === null ? [] : [`from start to proof: ${prettyMilliseconds(rtoMs)}`]),
    ...(dataLossMs === null
      ? []
      : [`lost: what was written in the ${prettyMilliseconds(dataLossMs)} before the incident`]),
    ...(event.changed ? [] : ['nothing was changed']),
    ...listed(
      event.outcome === 'restored' ? 'what there is now:' : 'what exists now:',
      event.resources.map(resourceLine),
    ),
    ...listed('next:', nextLines(event.next)),
  ]
}

const longest = 14

/** A text of several lines, indented below its first. A long one is folded: all of it is in the run's log. */
function indented(first: string, text: string): string[] {
  const all = displayLines(text)
  const folded =
    all.length > longest
      ? [...all.slice(0, longest - 2), `… ${all.length - longest + 2} more lines, kept in the log`]
      : all
  return folded.map((line, at) => `${at === 0 ? first : '    '}${line}`)
}

const levels = { info: '', warn: 'warning: ', error: 'error: ' } as const

/** The lines that tell of one event, below its step's heading; none for what is only of interest to programs. */
export function linesOf(event: RunEvent): string[] {
  switch (event.type) {
    case 'run-started':
      return [`lifeboat ${event.version} · ${event.host} · route ${event.route} · run ${event.runId}`]
    case 'question':
      return [`  ${event.question}`]
    case 'answer':
      return [`  answered by ${event.by}`]
    case 'step-started':
      return [`  ${oneLine(event.title)}`]
    case 'command':
      // What only reads is in the log: here it would bury what changes something.
      return event.reads ? [] : indented('  $ ', event.text)
    case 'progress':
      return event.waitingFor === null ? [] : [`  waiting for ${oneLine(event.waitingFor)}`]
    case 'step-finished':
      return [`  done in ${prettyMilliseconds(event.durationMs)}`]
    case 'step-failed':
      return [
        ...indented('  failed: ', event.error.message),
        ...event.error.notChanged.map((each) => `  not changed: ${oneLine(each)}`),
      ]
    case 'finding':
      return indented(`  ${levels[event.level]}`, event.message)
    case 'run-finished':
      return finishedLines(event)
  }
}

// Events as lines for a person: what `--plain`, pipes and screen readers get.
import prettyMilliseconds from 'pretty-ms'
import type { RunEvent } from '../run/events.ts'
import { oneLine } from '../text/display.ts'
import type { Next, Resource } from '../text/errors.ts'

const nextLines = (next: readonly Next[]): string[] =>
  next.flatMap((each) => [`  ${oneLine(each.why)}:`, `    ${each.command}`])

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

const levels = { info: '', warn: 'warning: ', error: 'error: ' } as const

/** The lines that tell of one event; none for what is only of interest to programs. */
export function linesOf(event: RunEvent): string[] {
  switch (event.type) {
    case 'run-started':
      return [`lifeboat ${event.version} · ${event.host} · route ${event.route} · run ${event.runId}`]
    case 'question':
      return ['', `${event.step}: ${event.question}`]
    case 'answer':
      return [`  answered by ${event.by}`]
    case 'step-started':
      return ['', `${event.step}: ${oneLine(event.title)}`]
    case 'command':
      return event.text.split('\n').map((line, at) => `${at === 0 ? '  $ ' : '    '}${oneLine(line)}`)
    case 'progress':
      return event.waitingFor === null ? [] : [`  waiting for ${oneLine(event.waitingFor)}`]
    case 'step-finished':
      return [`  done in ${prettyMilliseconds(event.durationMs)}`]
    case 'step-failed':
      return [
        '',
        `${event.step} failed: ${oneLine(event.error.message)}`,
        ...event.error.notChanged.map((each) => `  not changed: ${oneLine(each)}`),
      ]
    case 'finding':
      return [`  ${levels[event.level]}${oneLine(event.message)}`]
    case 'run-finished':
      return finishedLines(event)
  }
}

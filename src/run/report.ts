// A run's report, from its journal alone: what was answered, what was run, what came of it.
import { proveAction } from '../steps/prove.ts'
import type { AnyAction, AnyChoice, Route, StepId } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import type { JournalRecord } from './record.ts'

type Done = Extract<JournalRecord, { type: 'done' }>

interface Known {
  readonly steps: ReadonlyMap<StepId, AnyChoice | AnyAction>
  /** When the latest attempt of each step was begun, in milliseconds. */
  readonly began: Map<StepId, number>
}

const fence = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', '```sh', ...lines, '```'])

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const evidenceOf = (record: Done): string[] =>
  record.step === proveAction.id
    ? [
        '',
        ...proveAction.effect
          .parse(record.effect)
          .evidence.map((each) => `- ${each.passed ? '✓' : '✗'} ${each.what}: ${each.saw}`),
      ]
    : []

function linesFor(record: JournalRecord, { steps, began }: Known): string[] {
  switch (record.type) {
    case 'run-started':
      return [
        `# Run ${record.runId}`,
        '',
        `Host ${record.host} in ${record.region}, route ${record.route}, by Lifeboat ${record.lifeboat}, begun ${record.at}.`,
      ]
    case 'resumed':
      return ['', `The run was interrupted here, and taken up again at ${record.at}.`]
    case 'answered': {
      const step = steps.get(record.step)
      const question = step?.kind === 'choice' ? step.question : ''
      const value = oneLine(JSON.stringify(record.value)).slice(0, 400)
      return ['', `## ${record.step}`, '', question, '', `Answered by ${record.by} at ${record.at}: \`${value}\``]
    }
    case 'withdrawn':
      return ['', `Answers taken back: ${record.steps.join(', ')}.`]
    case 'intended': {
      const step = steps.get(record.step)
      began.set(record.step, Date.parse(record.at))
      const again = record.attempt > 1 ? ` (attempt ${record.attempt})` : ''
      const said = step?.kind === 'action' ? `${capital(step.title)}. ${step.why}` : ''
      return ['', `## ${record.step}${again}`, '', said, ...fence(record.commands)]
    }
    case 'done': {
      const at = Date.parse(record.at)
      return ['', `Done in ${duration(at - (began.get(record.step) ?? at))}.`, ...evidenceOf(record)]
    }
    case 'verified':
      return record.findings.flatMap((finding) => ['', `${finding.level}: ${oneLine(finding.message)}`])
    case 'failed':
      return ['', `It failed in ${record.step}: ${oneLine(record.error.message)}`]
    case 'cancelled':
      return ['', `It was stopped by ${record.signal}.`]
    case 'undoing':
      return ['', `## ${record.step}, taken back`, ...fence(record.commands)]
    case 'undone':
      return []
    case 'finished':
      return ['', `Finished: ${record.outcome}.`]
  }
}

/** The report as Markdown. Everything in it stands in the journal, with secrets taken out when it was written. */
export function markdownReport(records: readonly JournalRecord[], route: Route): string {
  const steps = new Map(route.legs.flatMap((leg) => [...leg.choices, ...leg.actions]).map((step) => [step.id, step]))
  const known: Known = { steps, began: new Map() }
  return `${records.flatMap((record) => linesFor(record, known)).join('\n')}\n`
}

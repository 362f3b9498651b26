// A run's report, from its journal alone: what was answered, what was run, what came of it.
import { proveAction } from '../steps/prove.ts'
import type { Route } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import type { JournalRecord } from './record.ts'

type Of<T extends JournalRecord['type']> = Extract<JournalRecord, { type: T }>

const fence = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', '```sh', ...lines, '```'])

const endings: Partial<Record<JournalRecord['type'], (record: JournalRecord) => string>> = {
  resumed: (record) => `The run was interrupted here, and taken up again at ${record.at}.`,
  cancelled: (record) => `It was stopped by ${(record as Of<'cancelled'>).signal}.`,
  failed: (record) => `It failed: ${oneLine((record as Of<'failed'>).error.message)}`,
  undone: (record) => `Undone: ${(record as Of<'undone'>).step}.`,
  finished: (record) => `Finished: ${(record as Of<'finished'>).outcome}.`,
}

const evidenceOf = (record: Of<'done'>): string[] =>
  record.step === proveAction.id
    ? [
        '',
        ...proveAction.effect
          .parse(record.effect)
          .evidence.map((each) => `- ${each.passed ? '✓' : '✗'} ${each.what}: ${each.saw}`),
      ]
    : []

/** The report as Markdown. Everything in it stands in the journal, with secrets taken out when it was written. */
export function markdownReport(records: readonly JournalRecord[], route: Route): string {
  const steps = new Map(route.legs.flatMap((leg) => [...leg.choices, ...leg.actions]).map((step) => [step.id, step]))
  const began = new Map<string, number>()
  const out: string[] = []
  for (const record of records) {
    switch (record.type) {
      case 'run-started':
        out.push(
          `# Run ${record.runId}`,
          '',
          `Host ${record.host} in ${record.region}, route ${record.route}, by Lifeboat ${record.lifeboat}, begun ${record.at}.`,
        )
        break
      case 'answered': {
        const step = steps.get(record.step)
        const question = step?.kind === 'choice' ? step.question : ''
        out.push('', `## ${record.step}`, '', question, '', `Answered by ${record.by} at ${record.at}.`)
        break
      }
      case 'intended': {
        const step = steps.get(record.step)
        began.set(record.step, Date.parse(record.at))
        const again = record.attempt > 1 ? ` (attempt ${record.attempt})` : ''
        out.push(
          '',
          `## ${record.step}${again}`,
          '',
          step?.kind === 'action' ? `${step.title[0]?.toUpperCase()}${step.title.slice(1)}. ${step.why}` : '',
        )
        out.push(...fence(record.commands))
        break
      }
      case 'done':
        out.push('', `Done in ${duration(Date.parse(record.at) - (began.get(record.step) ?? Date.parse(record.at)))}.`)
        out.push(...evidenceOf(record))
        break
      case 'verified':
        for (const finding of record.findings) out.push('', `${finding.level}: ${oneLine(finding.message)}`)
        break
      default: {
        const text = endings[record.type]?.(record)
        if (text !== undefined) out.push('', text)
      }
    }
  }
  return `${out.join('\n')}\n`
}

// How long the steps took in earlier runs, which is all that is known of how long they will take.
import type { StepId } from '../steps/step.ts'
import { readJournal } from './journal.ts'
import type { JournalRecord } from './record.ts'
import { listRuns } from './runs.ts'

/** What earlier runs tell of the steps. */
export interface Usual {
  /** How long a step usually takes, in milliseconds: the median. Undefined where no run tells. */
  readonly usualMs: (step: StepId) => number | undefined
  /** How many runs tell of any of these steps. */
  readonly usualRuns: (steps: readonly StepId[]) => number
}

export const nothingUsual: Usual = { usualMs: () => undefined, usualRuns: () => 0 }

/** So many runs are looked at: what took long on the host of three years ago says little. */
const mostRuns = 20

interface Past {
  readonly runId: string
  readonly host: string
  readonly at: string
  readonly tookMs: ReadonlyMap<StepId, number>
}

/** How long each step took from its intent to its effect, in the last attempt that has both. */
function tookMs(records: readonly JournalRecord[]): Map<StepId, number> {
  const begun = new Map<StepId, { readonly attempt: number; readonly ms: number }>()
  const took = new Map<StepId, number>()
  for (const record of records) {
    // Between the two there may be a night.
    if (record.type === 'resumed') begun.clear()
    if (record.type === 'intended') begun.set(record.step, { attempt: record.attempt, ms: Date.parse(record.at) })
    if (record.type !== 'done') continue
    const from = begun.get(record.step)
    const ms = Date.parse(record.at) - (from?.ms ?? Number.NaN)
    // A clock that was set back has measured nothing.
    if (from?.attempt === record.attempt && ms >= 0) took.set(record.step, ms)
  }
  return took
}

function pastOf(records: readonly JournalRecord[]): Past[] {
  const [first] = records
  if (first?.type !== 'run-started' || !records.some((record) => record.type === 'finished')) return []
  const { runId, host, at } = first
  return [{ runId, host, at, tookMs: tookMs(records) }]
}

/** By code units: an order that is the same everywhere, and for every text. */
const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0)

const newestFirst = (a: Past, b: Past): number => descending(a.at, b.at) || descending(a.runId, b.runId)

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/**
 * What the records of these runs, in any order, tell of a run on this host. Only runs that came to their end count, and
 * for a step that the host's own last 20 never took, the last 20 of other hosts.
 */
export function usualOf(journals: readonly (readonly JournalRecord[])[], host: string): Usual {
  const past = journals.flatMap(pastOf).toSorted(newestFirst)
  const own = past.filter((run) => run.host === host).slice(0, mostRuns)
  const others = past.filter((run) => run.host !== host).slice(0, mostRuns)
  const telling = (step: StepId): Past[] => {
    const here = own.filter((run) => run.tookMs.has(step))
    return here.length > 0 ? here : others.filter((run) => run.tookMs.has(step))
  }
  return {
    usualMs: (step) => median(telling(step).flatMap((run) => run.tookMs.get(step) ?? [])),
    usualRuns: (steps) => new Set(steps.flatMap((step) => telling(step).map((run) => run.runId))).size,
  }
}

/** The journals of the runs that came to their end. What can't be read is passed over: an estimate is only a comfort. */
function finishedJournals(stateDir: string): JournalRecord[][] {
  try {
    return listRuns(stateDir).flatMap((run) =>
      'state' in run && run.state.finished !== null ? [readJournal(run.folder)] : [],
    )
  } catch {
    return []
  }
}

/** What the runs that are kept in the state directory tell. They are read when that is first asked, and once. */
export function usualIn(stateDir: string, host: string): Usual {
  let read: Usual | undefined
  const usual = (): Usual => (read ??= usualOf(finishedJournals(stateDir), host))
  return { usualMs: (step) => usual().usualMs(step), usualRuns: (steps) => usual().usualRuns(steps) }
}

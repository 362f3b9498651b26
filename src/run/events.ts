import type { Danger, Fact, Finding, Progress, StepId } from '../steps/step.ts'
import type { Next, Resource } from '../text/errors.ts'
import type { Plan } from './plan.ts'

/** An error as the events and the journal carry it. */
export interface ErrorObject {
  readonly code: string
  readonly message: string
  readonly notChanged: readonly string[]
  readonly exists: readonly Resource[]
  readonly next: readonly Next[]
}

export type AnsweredBy = 'operator' | 'flag' | 'config' | 'suggestion'

/** Times are ISO UTC strings, durations milliseconds. */
export interface Finished {
  readonly outcome: 'restored' | 'failed' | 'unproven' | 'cancelled'
  readonly runId: string
  readonly exitCode: number
  /** Whether an action was begun. */
  readonly changed: boolean
  readonly datasets: readonly {
    readonly dataset: string
    readonly snapshot: string | null
    readonly createdAt: string
  }[]
  /** The oldest of the datasets' moments. */
  readonly restoredTo: string | null
  /** From the first start to the proof, over all resumes. */
  readonly rtoMs: number | null
  readonly dataLossMs: number | null
  readonly resources: readonly Resource[]
  readonly leftovers: readonly Resource[]
  readonly next: readonly Next[]
}

/** What happens during a run, for whoever shows it. */
export type RunEvent =
  | {
      readonly type: 'run-started'
      readonly runId: string
      readonly route: string
      readonly host: string
      readonly version: string
      readonly pid: number
      readonly steps: readonly StepId[]
    }
  | {
      readonly type: 'question'
      readonly step: StepId
      readonly question: string
      readonly danger: Danger
      readonly options: readonly {
        readonly value: unknown
        readonly label: string
        readonly detail?: string
        readonly disabled?: string
      }[]
      readonly suggested: unknown
    }
  | { readonly type: 'answer'; readonly step: StepId; readonly value: unknown; readonly by: AnsweredBy }
  /** The operator went back to a question: these have no answer any more. */
  | { readonly type: 'withdrawn'; readonly step: StepId; readonly steps: readonly StepId[] }
  | { readonly type: 'step-started'; readonly step: StepId; readonly title: string }
  | {
      readonly type: 'command'
      readonly step: StepId
      readonly kind: 'aws' | 'shell'
      readonly text: string
      readonly redacted: boolean
      readonly reads: boolean
    }
  | ({ readonly type: 'progress'; readonly step: StepId } & Progress)
  | { readonly type: 'step-finished'; readonly step: StepId; readonly effect: unknown; readonly durationMs: number }
  | { readonly type: 'step-failed'; readonly step: StepId; readonly error: ErrorObject }
  | ({ readonly type: 'finding'; readonly step: StepId; readonly part?: Fact['part'] } & Finding)
  | { readonly type: 'plan'; readonly plan: Plan }
  | ({ readonly type: 'run-finished' } & Finished)

export type Emit = (event: RunEvent) => void

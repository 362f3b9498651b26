// All that a run needs of its surroundings, passed in: so that a test or a drill can put its own in place.
import type { Remote } from '../remote/remote.ts'
import type { HostProfile } from '../steps/profile.ts'
import type { Route, StepId } from '../steps/step.ts'
import type { Asker } from './asking.ts'
import type { Emit } from './events.ts'
import type { Journal } from './journal.ts'
import type { JournalRecord } from './record.ts'
import { apply, replay, type RunState } from './state.ts'
import type { Confirmed } from './guard.ts'
import type { SecretStore } from './secrets.ts'
import type { Stop } from './stopping.ts'

export interface Session {
  readonly route: Route
  readonly host: HostProfile
  readonly remote: Remote
  readonly emit: Emit
  readonly asker: Asker
  readonly stop: Stop
  readonly operator: string
  /** Whether the host and its AWS are gone when this process ends. */
  readonly rehearsal: boolean
  readonly clean: (text: string) => string
  readonly secrets: SecretStore
  /** A line for the host as an operator can paste it on this machine. */
  onHost(line: string): string
  now(): Date
  newId(): string
  /** The state after everything that was recorded. */
  readonly state: RunState
  /** What the operator confirmed the loss of. */
  confirmed: Confirmed
  record(record: JournalRecord): void
  readonly at: () => string
}

/** A journal and the state that it tells, kept in step. */
export function recorder(
  journal: Journal,
  first: JournalRecord,
): { readonly state: RunState; record(record: JournalRecord): void } {
  let state = replay(journal.records.length === 0 ? [first] : journal.records)
  let begun = journal.records.length > 0
  return {
    get state() {
      if (state === undefined) throw new Error('a run has no state before its first record')
      return state
    },
    record(record) {
      // A run that never got an answer leaves no trace.
      if (!begun) journal.append(first)
      begun = true
      journal.append(record)
      if (state !== undefined) state = apply(state, record)
    },
  }
}

/** The steps of a route, without those that only some answers lead to. */
export const stepIds = (route: Route): StepId[] =>
  route.legs
    .flatMap((leg) => [...leg.choices, ...leg.actions])
    .filter((step) => step.aside !== true)
    .map((step) => step.id)

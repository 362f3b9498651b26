// A run's state is what its journal says, replayed. The same function feeds the runner, resume, runs and the tests.
import type { Flags } from '../steps/flags.ts'
import type { RouteId, StepId } from '../steps/step.ts'
import type { AnsweredBy } from './events.ts'
import type { BindingPlan, JournalRecord } from './record.ts'

export interface ActionState {
  readonly status: 'intended' | 'done' | 'failed' | 'undone'
  readonly attempt: number
  readonly before: unknown
  /** Set once the action was done. */
  readonly effect: unknown
}

export interface RunState {
  readonly runId: string
  readonly route: RouteId
  readonly host: string
  readonly region: string
  readonly lifeboat: string
  readonly config: string | null
  /** The plan that is being applied. */
  readonly plan: BindingPlan | null
  readonly startedAt: string
  readonly lastAt: string
  readonly flags: Flags
  readonly steps: readonly { readonly id: StepId; readonly version: number }[]
  readonly answers: ReadonlyMap<StepId, { readonly value: unknown; readonly by: AnsweredBy }>
  readonly actions: ReadonlyMap<StepId, ActionState>
  /** Whether an action was ever begun. */
  readonly changed: boolean
  /** Whether an undo was begun: from then on only undo leads on. */
  readonly undoing: boolean
  readonly finished: 'restored' | 'undone' | null
}

const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> => new Map(map).set(key, value)

const withAction = (state: RunState, step: StepId, change: Partial<ActionState>): RunState => {
  const before = state.actions.get(step)
  if (before === undefined) throw new Error(`the journal ends ${step}, which it never began`)
  return { ...state, actions: withEntry(state.actions, step, { ...before, ...change }) }
}

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false

/**
 * Flags given on resume win over those of before; lists are replaced, not added to. Where they choose other data, what
 * was confirmed before was another destruction and counts no more.
 */
export function mergeFlags(before: Flags, added: Flags): Flags {
  const given = Object.fromEntries(Object.entries(added).filter(([, value]) => isGiven(value)))
  const choosing = ['snapshot', 'at', 'way', 'dataset'] as const
  const other = choosing.some(
    (key) => isGiven(added[key]) && JSON.stringify(added[key]) !== JSON.stringify(before[key]),
  )
  return { ...before, ...(other ? { confirm: [] } : {}), ...given }
}

/** The state after one more record. */
export function apply(state: RunState, record: JournalRecord): RunState {
  const next = { ...state, lastAt: record.at }
  switch (record.type) {
    case 'run-started':
      throw new Error('the journal begins twice')
    case 'resumed':
      return { ...next, flags: mergeFlags(state.flags, record.flags) }
    case 'answered':
      return { ...next, answers: withEntry(state.answers, record.step, { value: record.value, by: record.by }) }
    case 'withdrawn':
      return { ...next, answers: new Map([...state.answers].filter(([step]) => !record.steps.includes(step))) }
    case 'intended':
      return {
        ...next,
        changed: true,
        actions: withEntry(state.actions, record.step, {
          status: 'intended',
          attempt: record.attempt,
          before: record.before,
          effect: undefined,
        }),
      }
    case 'done':
      return withAction(next, record.step, { status: 'done', effect: record.effect })
    case 'failed':
      return state.actions.get(record.step)?.status === 'intended'
        ? withAction(next, record.step, { status: 'failed' })
        : next
    case 'undone':
      return withAction({ ...next, undoing: true }, record.step, { status: 'undone' })
    case 'finished':
      return { ...next, finished: record.outcome }
    case 'undoing':
      return { ...next, undoing: true }
    case 'verified':
    case 'cancelled':
      return next
  }
}

/** The state that these records tell; undefined when there is not even a first one. */
export function replay(records: readonly JournalRecord[]): RunState | undefined {
  const [first, ...rest] = records
  if (first === undefined) return undefined
  if (first.type !== 'run-started') throw new Error(`the journal begins with "${first.type}"`)
  const begun: RunState = {
    runId: first.runId,
    route: first.route,
    host: first.host,
    region: first.region,
    lifeboat: first.lifeboat,
    config: first.config,
    plan: first.plan,
    startedAt: first.at,
    lastAt: first.at,
    flags: first.flags,
    steps: first.steps,
    answers: new Map(),
    actions: new Map(),
    changed: false,
    undoing: false,
    finished: null,
  }
  return rest.reduce(apply, begun)
}

// What a drill came to: what was achieved, what it cost, and what would have been better.
import prettyMs from 'pretty-ms'
import { z } from 'zod'
import type { RunEvent } from '../run/events.ts'
import type { Aftermath, Scenario } from '../lab/scenarios/scenario.ts'
import type { World } from '../lab/host/manifest.ts'
import { few } from '../text/few.ts'
import { many } from '../text/many.ts'

/** As it is kept in the history, a line a drill. Times are milliseconds, instants ISO UTC. */
export const drilled = z.object({
  at: z.string(),
  scenario: z.string(),
  seed: z.number(),
  /** The AWS account, of a drill that was not in the built-in lab. */
  account: z.string().exactOptional(),
  passed: z.boolean(),
  outcome: z.enum(['restored', 'failed', 'unproven', 'cancelled', 'refused', 'left']),
  exitCode: z.number(),
  rtoMs: z.number().nullable(),
  dataLossMs: z.number().nullable(),
  objectives: z.object({ rtoMs: z.number(), dataLossMs: z.number() }),
  destroyed: z.array(z.string()),
  hints: z.number(),
  guards: z.array(z.string()),
  faults: z.array(z.string()),
})

export type Drilled = Readonly<z.infer<typeof drilled>>

/** What of an incident the operator is told, before and after. */
export type Incident = Pick<Scenario, 'id' | 'title' | 'brief' | 'hints' | 'objectives' | 'goodEnd' | 'moral'>

export interface Drill {
  readonly at: string
  readonly scenario: Scenario
  readonly seed: number
  readonly world: World
  /** What had passed of the incident when the last run was begun; ms. */
  readonly earlierMs?: number
  readonly events: readonly RunEvent[]
  readonly exitCode: number
  readonly after: Aftermath
  readonly hints: number
}

const rollbacks = z.object({
  rollbacks: z.array(z.object({ dataset: z.string(), destroys: z.array(z.string()) })),
})

/** Snapshots that rollbacks have destroyed: those that were confirmed, where the step was done. */
function destroyedIn(events: readonly RunEvent[]): string[] {
  if (!events.some((event) => event.type === 'step-finished' && event.step === 'roll-back')) return []
  const answer = events.findLast((event) => event.type === 'answer' && event.step === 'review-rollback')
  const confirmed = rollbacks.safeParse(answer?.type === 'answer' ? answer.value : undefined)
  return confirmed.success
    ? confirmed.data.rollbacks.flatMap((each) => each.destroys.map((name) => `${each.dataset}@${name}`))
    : []
}

/** Codes of what was refused or failed on the way. */
export const guardsIn = (events: readonly RunEvent[]): string[] => [
  ...new Set(events.flatMap((event) => (event.type === 'step-failed' ? [event.error.code] : []))),
]

/** Judges a drill by what the world is afterwards. */
export function judged({ at, scenario, seed, world, earlierMs = 0, events, exitCode, after, hints }: Drill): Drilled {
  const last = events.findLast((event) => event.type === 'run-finished')
  const guards = guardsIn(events)
  const { goodEnd } = scenario
  const isRefused = goodEnd.kind === 'refused' && guards.includes(goodEnd.code)
  const faults = [
    ...(goodEnd.kind === 'restored' && last?.outcome !== 'restored' ? ['the data was not restored'] : []),
    ...(goodEnd.kind === 'refused' && !isRefused
      ? [`this incident can't be got over: it ends with a refusal (${goodEnd.code}), which did not come`]
      : []),
    ...scenario.judge(after, world),
  ]
  return {
    at,
    scenario: scenario.id,
    seed,
    passed: faults.length === 0,
    outcome: isRefused ? 'refused' : (last?.outcome ?? 'left'),
    exitCode,
    rtoMs: last?.rtoMs == null ? null : last.rtoMs + earlierMs,
    dataLossMs: last?.dataLossMs ?? null,
    objectives: { rtoMs: scenario.objectives.rto * 60_000, dataLossMs: scenario.objectives.dataLoss * 60_000 },
    destroyed: destroyedIn(events),
    hints,
    guards,
    faults,
  }
}

const span = (ms: number): string => prettyMs(ms, { secondsDecimalDigits: 0, unitCount: 2 })

const against = (what: string, ms: number | null, most: number): string =>
  ms === null
    ? `${what}: unknown (objective ${span(most)})`
    : `${what}: ${span(Math.max(0, ms))} (objective ${span(most)}: ${ms <= most ? 'kept' : 'missed'})`

const outcomeWords = {
  restored: 'restored, and proven',
  unproven: 'restored, but the proof failed',
  failed: 'not restored',
  cancelled: 'left before its end',
  refused: 'refused, as it had to be',
  left: 'left before anything was begun',
} as const satisfies Record<Drilled['outcome'], string>

/** How it ended, in a word or two. */
export const verdict = ({ passed, outcome }: Pick<Drilled, 'passed' | 'outcome'>): string =>
  passed ? 'passed' : outcome === 'cancelled' || outcome === 'left' ? 'left' : 'not passed'

/** What it took and what it cost, a line each. */
export function* costs(scenario: Pick<Incident, 'goodEnd'>, found: Drilled): Generator<string> {
  if (scenario.goodEnd.kind === 'restored') {
    yield against('time to restore', found.rtoMs, found.objectives.rtoMs)
    yield against('data lost', found.dataLossMs, found.objectives.dataLossMs)
  }
  yield found.destroyed.length === 0
    ? 'nothing was destroyed'
    : `destroyed: ${many(found.destroyed.length, 'snapshot')} (${few(found.destroyed)})`
}

/** How it ended, in a sentence. */
export const ending = ({ outcome, account }: Drilled): string =>
  `${outcomeWords[outcome]}${outcome === 'cancelled' && account === undefined ? '; nothing of its world is left' : ''}`

/** The debrief, a line each. */
export function* debrief(scenario: Incident, found: Drilled): Generator<string> {
  yield `DRILL ${scenario.id}: ${verdict(found)}`
  yield `  ${ending(found)}`
  for (const fault of found.faults) yield `  ✗ ${fault}`
  for (const cost of costs(scenario, found)) yield `  ${cost}`
  yield `  hints used: ${found.hints} of ${scenario.hints.length}`
  if (found.guards.length > 0) yield `  guards that stopped something: ${found.guards.join(', ')}`
  yield `  ${scenario.moral}`
}

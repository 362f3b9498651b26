import { createHash } from 'node:crypto'
import type { Fault, FaultRule, FaultScenario } from './fault-rules.ts'
import { Lags } from './lags.ts'

/** What a client should get over by asking again: all of these pass on AWS, too. */
const passing: readonly Fault[] = [
  { kind: 'error', code: 'RequestLimitExceeded' },
  { kind: 'error', code: 'Unavailable' },
  { kind: 'error', code: 'InternalError' },
  { kind: 'reset' },
  { kind: 'lost-answer' },
]

interface Entry {
  readonly rule: FaultRule
  passing: number
  left: number
}

/** A request as rules see it. */
export interface Faulted {
  readonly action: string
  readonly dryRun: boolean
  /** Its parameters by their full names, such as `Filter.1.Name`. */
  readonly parameters: ReadonlyMap<string, string>
}

/** The faults that a scenario or a test wants to happen. Each request is hit by at most one: the oldest rule's. */
export class Faults {
  /** What earlier faults let be seen late. */
  readonly lags = new Lags()
  #entries: Entry[] = []
  #seeded: (() => Fault | null) | null = null

  inject(rule: FaultRule): void {
    const left = rule.times === 'always' ? Infinity : (rule.times ?? 1)
    this.#entries.push({ rule, passing: rule.after ?? 0, left })
  }

  /** Adds the rules, and takes the seed's stream in place of an earlier one's. */
  load({ rules, seeded: stream }: FaultScenario): void {
    for (const rule of rules ?? []) this.inject(rule)
    if (stream !== undefined) this.#seeded = seeded(stream.seed, stream.rate)
  }

  /** Forgets what is to come, and shows at once what lagged behind. */
  clear(): void {
    this.#entries = []
    this.#seeded = null
    this.lags.clear()
  }

  /** The fault for a request, which is thereby used up. */
  take(request: Faulted): Fault | null {
    for (const entry of this.#entries) {
      if (entry.left === 0 || !matches(entry.rule, request)) continue
      if (entry.passing > 0) {
        entry.passing -= 1
        continue
      }
      entry.left -= 1
      return entry.rule.fault
    }
    return this.#seeded?.() ?? null
  }
}

/** A stream of passing faults: of each request in turn, whether one hits it (with probability `rate`), and which. */
export function seeded(seed: number, rate: number): () => Fault | null {
  let request = 0
  return () => {
    const random = createHash('sha256').update(`${seed} ${request}`).digest()
    request += 1
    if (random.readUInt32BE(0) >= rate * 2 ** 32) return null
    return passing[random.readUInt32BE(4) % passing.length] ?? null
  }
}

const begun: ReadonlySet<Fault['kind']> = new Set(['unseen', 'stale', 'volume-error', 'stuck', 'change'])

function matches({ action, fault, where }: FaultRule, request: Faulted): boolean {
  if (action !== '*' && action !== request.action) return false
  // A dry run begins nothing that could go wrong later.
  if (request.dryRun && begun.has(fault.kind)) return false
  return Object.entries(where ?? {}).every(([name, value]) => request.parameters.get(name) === value)
}

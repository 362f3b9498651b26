/** What goes wrong with a request that a rule matches. */
export type Fault =
  /** The request is answered by an error, and nothing is done. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly status: number }
  /** The request is done, late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The request is done, and its answer never arrives: the connection ends instead. */
  | { readonly kind: 'lost-answer' }

export interface FaultRule {
  /** Such as `CreateVolume`, or `*` for all. */
  readonly action: string
  /** How many requests it hits; 1 unless said. */
  readonly times?: number
  /** How many matching requests pass before it begins; 0 unless said. */
  readonly after?: number
  readonly fault: Fault
}

/** The faults that a scenario or a test wants to happen. Each request is hit by at most one: the oldest rule's. */
export class Faults {
  #rules: { readonly rule: FaultRule; passing: number; left: number }[] = []

  inject(rule: FaultRule): void {
    this.#rules.push({ rule, passing: rule.after ?? 0, left: rule.times ?? 1 })
  }

  clear(): void {
    this.#rules = []
  }

  /** The fault for a request of that action, which is thereby used up. */
  take(action: string): Fault | null {
    for (const entry of this.#rules) {
      if (entry.rule.action !== action && entry.rule.action !== '*') continue
      if (entry.passing > 0) {
        entry.passing -= 1
        continue
      }
      if (entry.left === 0) continue
      entry.left -= 1
      return entry.rule.fault
    }
    return null
  }
}

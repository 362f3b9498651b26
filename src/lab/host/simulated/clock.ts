// The host's two clocks: one that may be set, and one that only counts what passes.

import { setImmediate as turn } from 'node:timers/promises'

export interface Alarm {
  cancel(): void
}

interface Pending {
  readonly kind: 'wall' | 'monotonic'
  readonly dueMs: number
  readonly action: () => void | Promise<void>
}

// So long is waited for a script that neither ends nor sleeps: it may wait for one that sleeps.
const patienceMs = 1000

// Node's timers take no longer delay.
const longestMs = 2 ** 31 - 1

export class HostClock {
  #base = performance.now()
  #wallMs: number
  #monotonicMs = 0
  readonly #pending = new Set<Pending>()
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #working = 0
  #sleeping = 0

  constructor(startAt: Date) {
    this.#wallMs = startAt.getTime()
  }

  #passed(): void {
    const now = performance.now()
    this.#wallMs += now - this.#base
    this.#monotonicMs += now - this.#base
    this.#base = now
  }

  now(): Date {
    this.#passed()
    return new Date(this.#wallMs)
  }

  /** Since the host was made: no setting of the clock changes it. */
  monotonicMs(): number {
    this.#passed()
    return this.#monotonicMs
  }

  /** What waits for a time of day is looked at anew; what waits for an interval goes on waiting. */
  set(to: Date): void {
    this.#passed()
    this.#wallMs = to.getTime()
    this.#arm()
  }

  /** Lets time pass at once, with all that becomes due meanwhile, in its order. */
  async advance(ms: number): Promise<void> {
    this.#passed()
    const endMs = this.#monotonicMs + ms
    for (;;) {
      const next = this.#next()
      const leftMs = endMs - this.#monotonicMs
      if (next === undefined || this.#leftMs(next) > leftMs) {
        this.#skip(Math.max(0, leftMs))
        this.#arm()
        return
      }
      this.#skip(Math.max(0, this.#leftMs(next)))
      this.#pending.delete(next)
      await next.action()
      await this.#settled()
    }
  }

  /** A script that time is not to run away from, when it passes at once. */
  async working<T>(script: Promise<T>): Promise<T> {
    this.#working += 1
    try {
      return await script
    } finally {
      this.#working -= 1
    }
  }

  async #settled(): Promise<void> {
    const end = performance.now() + patienceMs
    while (this.#working > this.#sleeping && performance.now() < end) await turn()
    // What passed meanwhile is no time of the host's.
    this.#base = performance.now()
  }

  #skip(ms: number): void {
    this.#wallMs += ms
    this.#monotonicMs += ms
  }

  /** Once, after so much time, whatever the clock is set to. */
  after(ms: number, action: Pending['action']): Alarm {
    return this.#add({ kind: 'monotonic', dueMs: this.monotonicMs() + ms, action })
  }

  /** Once, when the clock shows that time. */
  at(time: Date, action: Pending['action']): Alarm {
    return this.#add({ kind: 'wall', dueMs: time.getTime(), action })
  }

  /** Rejects with the signal's reason when it is aborted. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#sleeping += 1
    const slept = new Promise<void>((resolve, reject) => {
      const alarm = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      const onAbort = (): void => {
        alarm.cancel()
        reject(signal?.reason instanceof Error ? signal.reason : new Error('ended'))
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
    })
    await slept.finally(() => {
      this.#sleeping -= 1
    })
  }

  /** Nothing becomes due any more. */
  close(): void {
    this.#closed = true
    this.#pending.clear()
    clearTimeout(this.#timer)
  }

  #add(pending: Pending): Alarm {
    if (!this.#closed) this.#pending.add(pending)
    this.#arm()
    return {
      cancel: () => {
        this.#pending.delete(pending)
        this.#arm()
      },
    }
  }

  #leftMs({ kind, dueMs }: Pending): number {
    return dueMs - (kind === 'wall' ? this.#wallMs : this.#monotonicMs)
  }

  #next(): Pending | undefined {
    return [...this.#pending].toSorted((a, b) => this.#leftMs(a) - this.#leftMs(b))[0]
  }

  #arm(): void {
    clearTimeout(this.#timer)
    this.#passed()
    const next = this.#next()
    if (next === undefined) return
    this.#timer = setTimeout(() => this.#ring(), Math.min(Math.max(0, Math.ceil(this.#leftMs(next))), longestMs))
  }

  #ring(): void {
    this.#passed()
    const due = [...this.#pending].filter((each) => this.#leftMs(each) <= 0)
    for (const each of due.toSorted((a, b) => this.#leftMs(a) - this.#leftMs(b))) {
      this.#pending.delete(each)
      void each.action()
    }
    this.#arm()
  }
}

import { setTimeout as sleep } from 'node:timers/promises'

/** The work that goes on after a call was answered, and its timers: all of it ends with `close`. */
export class Background {
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #turns = new Map<string, Promise<void>>()

  /** Starts work. `failed` hears of an error, unless it only comes from closing. */
  start(work: () => Promise<void>, failed: (error: unknown) => void): void {
    const running = work()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) failed(error)
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Does work when all earlier work of that key is over, whether it went well or not. */
  async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turns.set(key, promise)
    try {
      await before
      return await work()
    } finally {
      resolve()
      if (this.#turns.get(key) === promise) this.#turns.delete(key)
    }
  }

  /** Waits; rejects as soon as the cloud closes. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal })
  }

  /** Ends all pauses and waits for what still runs, though not for ever: a host may never answer. */
  async close(patienceMs = 10_000): Promise<void> {
    this.#stop.abort()
    const patience = new AbortController()
    const gaveUp = sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => {})
    await Promise.race([Promise.allSettled(this.#running), gaveUp])
    patience.abort()
  }
}

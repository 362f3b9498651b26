// sshd runs only so many commands at once over one connection (MaxSessions, 10 unless set): the rest waits here.
import { setTimeout as delay } from 'node:timers/promises'

/** The host opened no channel: too many are open, or it forbids them. */
export class ChannelRefused extends Error {}

export interface ChannelSlots {
  /**
   * @param work opens one channel and uses it up; run again if it throws ChannelRefused while others may end
   * @throws what `work` throws; the signal's reason
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>
}

// sshd counts a session until it has tidied up: alone and refused, it may only be slow.
const aloneRetries = 20
const aloneDelayMs = 100

/** Waits in a queue until somebody calls what it left there. */
async function turn(queue: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => {
    const at = queue.indexOf(resolve)
    // A turn that was given is kept: whoever gave it counts on it.
    if (at === -1) return
    queue.splice(at, 1)
    reject(signal?.reason)
  }
  queue.push(resolve)
  signal?.addEventListener('abort', onAbort, { once: true })
  await promise.finally(() => signal?.removeEventListener('abort', onAbort))
}

/** @param limit how many may be at work at once */
export function channelSlots(limit: number): ChannelSlots {
  let taken = 0
  let open = 0
  const forSlot: (() => void)[] = []
  const forClose: (() => void)[] = []

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    open += 1
    try {
      return await work()
    } finally {
      open -= 1
    }
  }

  async function use<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let alone = 0; ;) {
      signal?.throwIfAborted()
      try {
        return await attempt(work)
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error
        if (open > 0) await turn(forClose, signal)
        else if (++alone > aloneRetries) throw error
        else await delay(aloneDelayMs)
      }
    }
  }

  return {
    async run(work, signal) {
      signal?.throwIfAborted()
      if (taken < limit) taken += 1
      else await turn(forSlot, signal)
      try {
        return await use(work, signal)
      } finally {
        forClose.shift()?.()
        const next = forSlot.shift()
        // The slot is handed over, not freed, so that nobody slips in between.
        if (next === undefined) taken -= 1
        else next()
      }
    },
  }
}

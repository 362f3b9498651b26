import { Cancelled, type StopSignal } from '../text/errors.ts'

/**
 * How a run is asked to stop. `stopping`: no further step is begun, and waits end. `leaving`: go now, what runs on the
 * host goes on by itself.
 */
export interface Stop {
  readonly stopping: AbortSignal
  readonly leaving: AbortSignal
  readonly request: (signal: StopSignal) => void
}

/** The first request stops, the second leaves. */
export function makeStop(): Stop {
  const stopping = new AbortController()
  const leaving = new AbortController()
  return {
    stopping: stopping.signal,
    leaving: leaving.signal,
    request(signal) {
      if (stopping.signal.aborted) leaving.abort(new Cancelled(signal))
      else stopping.abort(new Cancelled(signal))
    },
  }
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Cancelled('SIGINT')

/** Waits, unless `signal` says to go. @throws what the signal was aborted with */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(reasonOf(signal))
    const leave = (): void => {
      clearTimeout(timer)
      reject(reasonOf(signal))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, ms)
    signal.addEventListener('abort', leave, { once: true })
  })
}

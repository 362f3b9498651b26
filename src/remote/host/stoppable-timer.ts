// A timer that stands still while a person is asked, so that only the host's time is counted.

export interface StoppableTimer {
  stop(): void
  /** Goes on with what was left. */
  start(): void
}

export function stoppableTimer(delayMs: number, onEnd: () => void): StoppableTimer {
  let leftMs = delayMs
  let since = performance.now()
  let timer = setTimeout(onEnd, leftMs)
  return {
    stop() {
      clearTimeout(timer)
      leftMs -= performance.now() - since
    },
    start() {
      since = performance.now()
      timer = setTimeout(onEnd, Math.max(leftMs, 0))
    },
  }
}

// How far a step is, and what there is to see of what it waits for.
import type { Glance, Progress, StepId } from '../steps/step.ts'
import type { Session } from './session.ts'
import { delay } from './stopping.ts'

/** From the end of one look to the next, over all waits of a step: each is a command on the host. */
const everyMs = 2000

type Show = (lines: readonly string[]) => void

/** Looks beside a wait, which that neither holds up nor ends. Gives what begins it, which gives what ends it. */
function looking(): (glance: Glance, show: Show) => () => void {
  let lastAt = Number.NEGATIVE_INFINITY
  // One at a time, also where that of an earlier wait has not come back.
  let last: Promise<unknown> = Promise.resolve()

  async function follow(glance: Glance, show: Show, ended: AbortSignal): Promise<void> {
    for (;;) {
      await last
      await delay(Math.max(0, lastAt + everyMs - performance.now()), ended)
      const look = Promise.resolve()
        .then(glance)
        .catch(() => undefined)
        .finally(() => (lastAt = performance.now()))
      last = look
      const lines = await look
      ended.throwIfAborted()
      if (lines !== undefined) show(lines)
    }
  }

  return (glance, show) => {
    const ended = new AbortController()
    // It ends only by being told to.
    follow(glance, show, ended.signal).catch(() => undefined)
    return () => ended.abort()
  }
}

const quiet: Progress = { done: null, total: null, unit: null, waitingFor: null }

const none = (): void => {}

export interface Reporter {
  readonly report: (progress: Partial<Progress>) => void
  /** What was reported last. */
  readonly latest: () => Progress
  /** Shows what the glance sees of what is waited for, as often as that changes. @returns what ends it */
  readonly seeing: (waitingFor: string, glance: Glance | undefined) => () => void
}

/** What a step reports, as events. What a glance sees comes from outside, and is cleaned of secrets. */
export function reporter({ emit, clean }: Session, step: StepId): Reporter {
  const look = looking()
  let latest = quiet
  const report: Reporter['report'] = (progress) => {
    latest = { ...quiet, ...progress }
    emit({ type: 'progress', step, ...latest })
  }
  return {
    report,
    latest: () => latest,
    seeing(waitingFor, glance) {
      if (glance === undefined) return none
      return look(glance, (seen) => {
        const lines = seen.map(clean)
        const same = latest.waitingFor === waitingFor && lines.join('\n') === (latest.lines ?? []).join('\n')
        if (lines.length > 0 && !same) report({ waitingFor, lines })
      })
    },
  }
}

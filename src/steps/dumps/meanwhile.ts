// What there is to say while bytes are on their way: how fast they come, and how long the rest takes at that.
import { setTimeout } from 'node:timers/promises'
import { bytes } from '../../text/bytes.ts'
import { about } from '../../text/time.ts'
import type { Run } from '../step.ts'

/** Links change: what came longer ago than this tells nothing of what comes next. */
const windowMs = 60_000

/** Told each count of bytes with its time (ms), says the pace of late: `, at 12 MiB/s, about 3 m left`; empty where none is. */
export function pacing(total: number): (done: number, nowMs: number) => string {
  const seen: { done: number; nowMs: number }[] = []
  return (done, nowMs) => {
    seen.push({ done, nowMs })
    // The one before the window began stands for its beginning.
    while ((seen[1]?.nowMs ?? nowMs) <= nowMs - windowMs) seen.shift()
    const first = seen[0] ?? { done, nowMs }
    const perSecond = ((done - first.done) * 1000) / Math.max(1000, nowMs - first.nowMs)
    if (perSecond <= 0) return ''
    const left = done < total ? `, about ${about(((total - done) * 1000) / perSecond)} left` : ''
    return `, at ${bytes(perSecond)}/s${left}`
  }
}

const everyMs = 3000

/**
 * Looks every three seconds while something goes on, whose end alone counts: a look that fails is passed over, and who asks
 * to stop waits for the end, as for that of any step.
 * @throws what it throws
 */
export async function meanwhile<T>(
  run: Run,
  going: Promise<T>,
  waitingFor: string,
  look: () => Promise<void>,
): Promise<T> {
  const ended = going.then(
    () => true as const,
    () => true as const,
  )
  const glance = async (): Promise<true | undefined> => {
    if (await Promise.race([ended, setTimeout(everyMs, undefined, { ref: false })])) return true
    await look().catch(() => undefined)
    return undefined
  }
  await run.until(waitingFor, glance, { everyMs: 1, withinMs: Number.POSITIVE_INFINITY }).catch(() => undefined)
  return going
}

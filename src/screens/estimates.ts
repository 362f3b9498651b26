// How long steps usually take, in words. Nothing is said of what no earlier run tells.
import type { Usual } from '../run/usual.ts'
import type { StepId } from '../steps/step.ts'
import { about, duration } from '../text/time.ts'
import type { StepView } from './view.ts'

/** What was measured once, in whole seconds: tenths would be a promise. */
const roughly = (ms: number): string => (ms < 1000 ? 'under 1 s' : duration(Math.round(ms / 1000) * 1000))

/** `usually 12 s`; undefined where that is not known. */
export function usually(usualMs: Usual['usualMs'], step: StepId): string | undefined {
  const ms = usualMs(step)
  return ms === undefined ? undefined : `usually ${roughly(ms)}`
}

/** Of how many steps, at most one may be unknown for what is left of them to be said. */
const knownButOneIn = 4

/** `about 2 m left, from 3 earlier runs`, of these steps; undefined where too little of them is known. */
export function leftOf(
  steps: readonly Pick<StepView, 'id' | 'state' | 'startedMs'>[],
  nowMs: number,
  { usualMs, usualRuns }: Usual,
): string | undefined {
  const coming = steps.filter((step) => step.state === 'now' || step.state === 'ahead')
  const known = coming.flatMap(({ id, state, startedMs }) => {
    const ms = usualMs(id)
    if (ms === undefined) return []
    const spentMs = state === 'now' && startedMs !== null ? Math.max(0, nowMs - startedMs) : 0
    return [{ id, ms: Math.max(0, ms - spentMs) }]
  })
  const leftMs = known.reduce((sum, { ms }) => sum + ms, 0)
  const unknown = coming.length - known.length
  if (leftMs === 0 || unknown * knownButOneIn > coming.length) return undefined
  const without = unknown === 0 ? '' : `, ${unknown === 1 ? '1 step' : `${unknown} steps`} not counted`
  const runs = usualRuns(known.map(({ id }) => id))
  return `about ${about(leftMs)} left${without}, from ${runs} earlier ${runs === 1 ? 'run' : 'runs'}`
}

/** The lines of a plan; one that names a step says what it took before. */
export function tookBefore(steps: readonly StepView[], usualMs: Usual['usualMs']): (line: string) => string {
  const named = new Map(steps.map((step) => [`${step.id}: ${step.title}`, step.id]))
  return (line) => {
    const step = named.get(line)
    const ms = step === undefined ? undefined : usualMs(step)
    return ms === undefined ? line : `${line}  took ${roughly(ms)} before`
  }
}

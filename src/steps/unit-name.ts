import type { Run, StepId } from './step.ts'

/** The transient unit of a step's present attempt. It carries the attempt, so that two tries never share a unit. */
export const unitName = (run: Run, step: StepId): string => `lifeboat-${run.id}-${step}-${run.attempt}`

// Which moment of the pool's data was chosen, and what is done with it.
import { z } from 'zod'
import type { AnswerKey } from './step.ts'

const target = z.object({
  dataset: z.string(),
  snapshot: z.string(),
  guid: z.string(),
  createtxg: z.number(),
  createdAt: z.string(),
})

/** The snapshot that one dataset goes back to. */
export type RollbackTarget = z.infer<typeof target>

const pickedFields = { at: z.string(), targets: z.array(target).min(1), left: z.array(z.string()) }

const point = z.discriminatedUnion('way', [
  z.object({ way: z.literal('none'), at: z.literal('head') }),
  z.object({ way: z.literal('rollback'), ...pickedFields }),
  z.object({ way: z.literal('clone'), ...pickedFields }),
  z.object({
    way: z.literal('files'),
    ...pickedFields,
    /** Below the only target's top; null for all of every target. */
    path: z.string().nullable(),
    /** A folder on the host. */
    to: z.string(),
  }),
])

export type Point = z.infer<typeof point>

/** By which other steps look the chosen moment and way up. */
export const pointKey: AnswerKey<Point> = { id: 'point', answer: point }

/** The snapshots that the datasets go back to, or are copied from; none where the head is kept. */
export const targetsOf = (answer: Point): readonly RollbackTarget[] => (answer.way === 'none' ? [] : answer.targets)

/** The targets where the datasets are to stand on them in the end. */
export const servedTargets = (answer: Point): readonly RollbackTarget[] =>
  answer.way === 'files' ? [] : targetsOf(answer)

/** The data as it is. */
export const head: Point = { way: 'none', at: 'head' }

// The events as outside programs rely on them. Strict: a field that is missing, renamed or of another type fails.
import { z } from 'zod'

const step = z.string().regex(/^[a-z-]+$/)
const at = z.iso.datetime()
const danger = z.enum(['none', 'low', 'moderate', 'destructive'])
const resource = z.strictObject({
  kind: z.string(),
  id: z.string(),
  region: z.string().nullable(),
  host: z.string().nullable(),
  state: z.string(),
  madeByUs: z.boolean(),
})
const next = z.strictObject({ why: z.string(), command: z.string() })
/** An error as the contract has it. */
export const contractError = z.strictObject({
  code: z.string(),
  message: z.string(),
  notChanged: z.array(z.string()),
  exists: z.array(resource),
  next: z.array(next),
})
const base = { v: z.literal(1), at }
const number = z.number().nullable()

export const contractEvent = z.discriminatedUnion('type', [
  z.strictObject({
    ...base,
    type: z.literal('run-started'),
    runId: z.string(),
    route: z.enum(['ebs', 'dump', 'local']),
    host: z.string(),
    version: z.string(),
    pid: z.int(),
    steps: z.array(step),
  }),
  z.strictObject({
    ...base,
    type: z.literal('question'),
    step,
    question: z.string().endsWith('?'),
    danger,
    options: z.array(z.looseObject({ value: z.unknown(), label: z.string() })),
    suggested: z.unknown(),
  }),
  z.strictObject({
    ...base,
    type: z.literal('answer'),
    step,
    value: z.unknown(),
    by: z.enum(['operator', 'flag', 'config', 'suggestion']),
  }),
  z.strictObject({ ...base, type: z.literal('step-started'), step, title: z.string() }),
  z.strictObject({
    ...base,
    type: z.literal('command'),
    step,
    kind: z.enum(['aws', 'shell']),
    text: z.string(),
    redacted: z.boolean(),
    reads: z.boolean(),
  }),
  z.strictObject({
    ...base,
    type: z.literal('progress'),
    step,
    done: number,
    total: number,
    unit: z.string().nullable(),
    waitingFor: z.string().nullable(),
    lines: z.array(z.string()).optional(),
  }),
  z.strictObject({ ...base, type: z.literal('step-finished'), step, effect: z.unknown(), durationMs: z.number() }),
  z.strictObject({ ...base, type: z.literal('step-failed'), step, error: contractError }),
  z.strictObject({
    ...base,
    type: z.literal('finding'),
    step,
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
    part: z.enum(['summary', 'command']).optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal('plan'),
    plan: z.looseObject({ v: z.literal(1), mayDestroy: z.looseObject({}) }),
  }),
  z.strictObject({
    ...base,
    type: z.literal('run-finished'),
    outcome: z.enum(['restored', 'failed', 'unproven', 'cancelled']),
    runId: z.string(),
    exitCode: z.int(),
    changed: z.boolean(),
    datasets: z.array(z.strictObject({ dataset: z.string(), snapshot: z.string().nullable(), createdAt: at })),
    restoredTo: at.nullable(),
    rtoMs: number,
    dataLossMs: number,
    resources: z.array(resource),
    leftovers: z.array(resource),
    next: z.array(next),
  }),
  z.strictObject({ ...base, type: z.literal('error'), exitCode: z.int(), error: contractError }),
])

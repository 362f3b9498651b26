import { z } from 'zod'
import { flags } from '../steps/flags.ts'
import { mayDestroy } from '../steps/may-destroy.ts'
import { allStepIds, routeIds } from '../steps/step.ts'

const stepId = z.enum(allStepIds)
const at = z.string()
const resource = z.object({
  kind: z.enum([
    'volume',
    'snapshot',
    'attachment',
    'database',
    'pool',
    'checkpoint',
    'dataset',
    'folder',
    'file',
    'data',
    'hold',
    'gate',
    'lock',
    'instance',
    'security-group',
    'unit',
  ]),
  id: z.string(),
  region: z.string().nullable(),
  host: z.string().nullable(),
  state: z.string(),
  madeByUs: z.boolean(),
})
const errorObject = z.object({
  code: z.string(),
  message: z.string(),
  notChanged: z.array(z.string()).readonly(),
  exists: z.array(resource).readonly(),
  next: z.array(z.object({ why: z.string(), command: z.string() })).readonly(),
})

const answeredBy = z.enum(['operator', 'flag', 'config', 'suggestion'])

/** What a plan binds the run that applies it to. */
export const bindingPlan = z.object({
  /** The answers of the choices before the first change, in their order. */
  answers: z.array(z.object({ step: stepId, value: z.unknown(), by: answeredBy })),
  mayDestroy,
})

export type BindingPlan = z.infer<typeof bindingPlan>

/** The version of the journal's own form. A journal of another version is refused, not guessed at. */
export const journalVersion = 1

/** One line of a run's journal. */
export const journalRecord = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run-started'),
    v: z.literal(journalVersion),
    at,
    runId: z.string(),
    lifeboat: z.string(),
    route: z.enum(routeIds),
    host: z.string(),
    region: z.string(),
    steps: z.array(z.object({ id: stepId, version: z.number() })),
    flags,
    config: z.string().nullable(),
    pid: z.number(),
    plan: bindingPlan.nullable().default(null),
  }),
  z.object({ type: z.literal('resumed'), at, lifeboat: z.string(), pid: z.number(), flags }),
  z.object({
    type: z.literal('answered'),
    at,
    step: stepId,
    value: z.unknown(),
    by: answeredBy,
  }),
  z.object({ type: z.literal('withdrawn'), at, steps: z.array(stepId) }),
  z.object({
    type: z.literal('intended'),
    at,
    step: stepId,
    attempt: z.int().min(1),
    before: z.unknown(),
    commands: z.array(z.string()).readonly(),
  }),
  z.object({ type: z.literal('done'), at, step: stepId, attempt: z.int(), effect: z.unknown() }),
  z.object({
    type: z.literal('verified'),
    at,
    step: stepId,
    findings: z.array(z.object({ level: z.enum(['info', 'warn', 'error']), message: z.string() })).readonly(),
  }),
  z.object({ type: z.literal('failed'), at, step: stepId, error: errorObject }),
  z.object({ type: z.literal('cancelled'), at, step: stepId.nullable(), signal: z.string() }),
  z.object({ type: z.literal('undoing'), at, step: stepId, commands: z.array(z.string()).readonly() }),
  z.object({ type: z.literal('undone'), at, step: stepId }),
  z.object({ type: z.literal('finished'), at, outcome: z.enum(['restored', 'undone']), exitCode: z.int() }),
])

export type JournalRecord = z.infer<typeof journalRecord>

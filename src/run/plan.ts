// A plan: the answers up to the first change, and the rules for what follows, as data that somebody else can read,
// keep, and have applied later.
import { createHash } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { flags } from '../steps/flags.ts'
import type { HostProfile } from '../steps/profile.ts'
import { allStepIds, routeIds } from '../steps/step.ts'
import { errorCode } from '../text/error-code.ts'
import { UsageError } from '../text/errors.ts'
import { bindingPlan } from './record.ts'

const version = 1

const planSchema = bindingPlan.extend({
  v: z.literal(version),
  lifeboat: z.string(),
  madeAt: z.iso.datetime(),
  route: z.enum(routeIds),
  host: z.string(),
  region: z.string(),
  config: z.string().nullable(),
  /** What the config said of the host, digested: a plan for another world is refused. */
  profile: z.string(),
  steps: z.array(z.object({ id: z.enum(allStepIds), version: z.number() })),
  /** The rules for what can only be answered when the pool has been looked into are `at`, `way` and `dataset`. */
  flags,
  /** What will run before the pool has been looked into, to be read. */
  commands: z.array(z.string()),
})

export type Plan = z.infer<typeof planSchema>

export const planVersion: 1 = version

export const profileDigest = (profile: HostProfile): string =>
  createHash('sha256').update(JSON.stringify(profile)).digest('hex')

/** @throws UsageError */
export function readPlan(path: string): Plan {
  let raw: unknown
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UsageError(`the plan ${path} can't be read: ${errorCode(error) ?? 'it is not JSON'}`)
  }
  const its = z.looseObject({ v: z.unknown(), lifeboat: z.string() }).safeParse(raw)
  if (!its.success) throw new UsageError(`${path} is no plan of Lifeboat's`)
  if (its.data.v !== version)
    throw new UsageError(
      `the plan ${path} is of version ${JSON.stringify(its.data.v)}, made by Lifeboat ${its.data.lifeboat}`,
    )
  const parsed = planSchema.safeParse(raw)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(`the plan ${path} is wrong: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
}

/** Writes a plan whole or not at all, over nothing that is there. @throws UsageError */
export function writePlan(path: string, plan: Plan): void {
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 })
    linkSync(draft, path)
  } catch (error) {
    const code = errorCode(error)
    throw new UsageError(
      code === 'EEXIST'
        ? `${path} is there already, and is not written over: name another file with --out`
        : `the plan can't be written to ${path}: ${code ?? 'unknown'}`,
    )
  } finally {
    rmSync(draft, { force: true })
  }
}

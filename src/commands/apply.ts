import { profileDigest, readPlan } from '../run/plan.ts'
import { walk } from '../run/walk.ts'
import { routeFor, stepsOf } from '../steps/routes.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { beginRun, checkDestruction } from './begin.ts'
import { readHost } from './open-session.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'
import { walkToEnd } from './walk-to-end.ts'

/** Runs a plan without questions. It is refused where the world is not the one it was made for. */
export async function applyCommand(
  path: string,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const plan = readPlan(path)
  const given = runFlags(options)
  const config = options.config ?? plan.config
  const all = { ...options, input: false, ...(config === null ? {} : { config }) }
  const differing = plan.steps.find(
    (step) => stepsOf(routeFor(plan.flags)).find((each) => each.id === step.id)?.version !== step.version,
  )
  if (differing !== undefined)
    throw new UsageError(`the plan was made by Lifeboat ${plan.lifeboat}, whose step ${differing.id} differs`)
  const { host } = readHost(all, surroundings, plan.host)
  if (profileDigest(host) !== plan.profile) {
    throw new PreflightError({
      code: 'stale-plan',
      message: `the config's entry for ${plan.host} is another than when the plan was made`,
      notChanged: ['nothing was changed'],
      next: [
        { why: 'make the plan anew, and read it', command: `lifeboat plan --host ${plan.host} --out new-plan.json` },
      ],
    })
  }
  const secret = given.secret.length > 0 ? given.secret : plan.flags.secret
  const flags = { ...plan.flags, confirm: given.confirm, secret, yes: true }
  checkDestruction(flags, all, surroundings)
  const opened = await beginRun(flags, all, surroundings, plan)
  return (await walkToEnd(opened, (session) => walk(session, false))).exitCode
}

import { resolve } from 'node:path'
import { planVersion, profileDigest, writePlan, type Plan } from '../run/plan.ts'
import type { Session } from '../run/session.ts'
import { walkToReview } from '../run/walk.ts'
import type { Flags } from '../steps/flags.ts'
import { boundOf, boundText } from '../steps/may-destroy.ts'
import { changesOf } from '../steps/review.ts'
import { stepsOf } from '../steps/routes.ts'
import { targetHostKey } from '../steps/target-host.ts'
import { contextFor } from '../run/context.ts'
import { UsageError } from '../text/errors.ts'
import { word } from '../text/quote.ts'
import { version } from '../version.ts'
import { beginRun } from './begin.ts'
import { typedHere } from './output.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'
import { walkFrom } from './restore.ts'
import { walkToEnd, type Ended } from './walk-to-end.ts'

// A name's local time comes nowhere earlier than in the zone that is furthest ahead of UTC.
const earliestZone = 'Pacific/Kiritimati'

/** The plan that the answers so far make. A recovery instance that is not launched yet has told no time zone. */
function planOf(session: Session): Plan {
  const { state, route, host } = session
  const run = contextFor(session, { step: 'review', attempt: 1, shown: null, ignoresStopping: false })
  const zone = state.answers.has(targetHostKey.id) ? run.answer(targetHostKey).timeZone : earliestZone
  return {
    v: planVersion,
    lifeboat: version,
    madeAt: session.at(),
    route: state.route,
    host: state.host,
    region: state.region,
    config: state.config,
    profile: profileDigest(host),
    steps: stepsOf(route).map(({ id, version: its }) => ({ id, version: its })),
    flags: { ...state.flags, confirm: [], yes: false },
    answers: [...state.answers].map(([step, { value, by }]) => ({ step, value, by })),
    mayDestroy: boundOf(state.flags, host.pool, zone),
    commands: changesOf(run, route.legs[0]?.actions ?? []).map(session.clean),
  }
}

const notLookedAt =
  'what is not planned here, on the host and with its volume, can be told only when the recovery instance runs: it is decided then, by the flags'

async function walkPlan(session: Session, made: (plan: Plan) => void): ReturnType<typeof walkToReview> {
  const walked = await walkToReview(session)
  if (walked.error !== null) return walked
  const plan = planOf(session)
  if (!session.state.answers.has(targetHostKey.id))
    session.emit({ type: 'finding', step: 'review-launch', level: 'warn', message: notLookedAt })
  session.emit({ type: 'finding', step: 'review', level: 'info', message: boundText(plan.mayDestroy) })
  session.emit({ type: 'plan', plan })
  made(plan)
  return walked
}

/** Asks every question before the first change, looks whether it would be permitted, shows the plan, and makes nothing. */
export const dryRun = async (flags: Flags, options: CommonOptions, surroundings: Surroundings): Promise<Ended> =>
  walkToEnd(await beginRun(flags, { ...options, mode: 'DRY RUN' }, surroundings), (session) =>
    walkPlan(session, () => {}),
  )

/** The same, and writes the plan down for `apply`. */
export async function planCommand(
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const out = options.out
  if (typeof out !== 'string' || out === '')
    throw new UsageError('where shall the plan be written? Give --out plan.json')
  const flags = runFlags(options)
  const path = resolve(out)
  let made: Plan | undefined
  const { exitCode } = await walkFrom(flags, async (its) =>
    walkToEnd(await beginRun(its, { ...options, mode: 'PLAN' }, surroundings), (session) =>
      walkPlan(session, (plan) => {
        writePlan(path, plan)
        made = plan
      }),
    ),
  )
  // Not before: what is written while there are screens is gone with them.
  if (made !== undefined) {
    const confirm = made.mayDestroy.datasets?.length === 0 ? '' : ` --confirm ${word(made.host)}`
    const apply = typedHere(options, surroundings.env)(`lifeboat apply ${word(path)}${confirm}`)
    surroundings.stderr.write(`the plan is in ${path}; read it, then: ${apply}\n`)
  }
  return exitCode
}

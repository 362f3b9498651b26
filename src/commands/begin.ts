// Begins a run: what was typed is checked, then the session is opened.
import { readConfig, type Config } from '../run/config.ts'
import { newRunId } from '../run/id.ts'
import { lockFolder } from '../run/process-lock.ts'
import { journalVersion, type BindingPlan } from '../run/record.ts'
import { unfinishedRuns } from '../run/runs.ts'
import { lastingSecrets } from '../run/secrets.ts'
import type { Flags } from '../steps/flags.ts'
import { demandRecipe } from '../steps/recipes/recipes.ts'
import { routeFor, stepsOf } from '../steps/routes.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { version } from '../version.ts'
import { openSession, readHost, type Opened } from './open-session.ts'
import { regionOf } from './region.ts'
import {
  checkConfirmation,
  clockOf,
  configPath,
  isAsking,
  stateDir,
  type CommonOptions,
  type Surroundings,
} from './options.ts'

/** One run at a time on a host: a second one would fight the first. @throws PreflightError */
function refuseUnfinished(state: string, host: string): void {
  const other = unfinishedRuns(state).find((run) => run.state.host === host)
  if (other === undefined) return
  // Says so first, where a living process is at it.
  lockFolder(other.folder)()
  throw new PreflightError({
    code: 'run-unfinished',
    message: `run ${other.runId} on ${host} is not finished`,
    notChanged: ['nothing was changed'],
    next: [
      { why: 'go on with it', command: `lifeboat resume ${other.runId}` },
      { why: 'or take back what it made', command: `lifeboat undo ${other.runId} --confirm ${host}` },
    ],
  })
}

function whichHost(options: CommonOptions, { env }: Surroundings): UsageError {
  const { path, named } = configPath(options, env)
  const known = readConfig(path, named).hosts.map((host) => host.name)
  const names = known.length === 0 ? `the config ${path} names none` : `the config names ${known.join(', ')}`
  return new UsageError(`which host? Give --host NAME (${names}), or an ssh destination`)
}

/** A host that goes back to its own snapshot needs nothing of AWS, and no region. */
const noRegion = (config: Config, env: NodeJS.ProcessEnv): string =>
  config.aws.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'no region'

/** A session for a run of this name that is not begun yet. @throws UsageError */
async function openNew(
  flags: Flags,
  runId: string,
  options: CommonOptions,
  surroundings: Surroundings,
  plan: BindingPlan | null,
): Promise<Opened> {
  if (flags.host === undefined) throw whichHost(options, surroundings)
  const { config, host } = readHost(options, surroundings, flags.host, flags.scratch)
  if (flags.dumpKind !== undefined) demandRecipe(host, flags.dumpKind)
  const names = config.hosts.map((each) => each.name)
  if (
    names.length > 0 &&
    !names.includes(flags.host) &&
    flags.source !== 'local' &&
    flags.instance === undefined &&
    flags.launchTemplate === undefined
  ) {
    throw new UsageError(
      `the config ${config.path} does not name ${host.name}; it names ${names.join(', ')}. For another host give --instance`,
    )
  }
  const region = flags.source === 'local' ? noRegion(config, surroundings.env) : regionOf(config, surroundings.env)
  const route = routeFor(flags)
  return openSession(
    {
      runId,
      route,
      config,
      host,
      region,
      hostKey: flags.hostKey,
      secret: flags.secret,
      first: {
        type: 'run-started',
        v: journalVersion,
        at: clockOf(surroundings)().toISOString(),
        runId,
        lifeboat: version,
        route: route.id,
        host: host.name,
        region,
        steps: stepsOf(route).map((step) => ({ id: step.id, version: step.version })),
        flags: { ...flags, secret: lastingSecrets(flags.secret) },
        config: config.path,
        pid: process.pid,
        plan,
      },
    },
    options,
    surroundings,
  )
}

/** @throws UsageError, PreflightError */
export async function beginRun(
  flags: Flags,
  options: CommonOptions,
  surroundings: Surroundings,
  plan: BindingPlan | null = null,
): Promise<Opened> {
  if (flags.host !== undefined) refuseUnfinished(stateDir(options, surroundings.env), flags.host)
  return openNew(flags, newRunId(clockOf(surroundings)()), options, surroundings, plan)
}

/** A session to look at what a run that is not kept here has left. Its output is the caller's own. */
export const openToLook = (
  flags: Flags,
  runId: string,
  options: CommonOptions,
  surroundings: Surroundings,
): Promise<Opened> => openNew(flags, runId, { ...options, quiet: true }, surroundings, null)

/** Refuses what would only be refused after something was changed. @throws UsageError */
export function checkDestruction(flags: Flags, options: CommonOptions, { stdin }: Surroundings): void {
  if (flags.host !== undefined) checkConfirmation(flags, flags.host, isAsking(options, stdin))
}

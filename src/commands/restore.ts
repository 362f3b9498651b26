import { finished } from '../run/finish.ts'
import { readConfig } from '../run/config.ts'
import { newRunId } from '../run/id.ts'
import { journalVersion } from '../run/record.ts'
import { lockFolder } from '../run/process-lock.ts'
import { pruneRun, unfinishedRuns } from '../run/runs.ts'
import { lastingSecrets } from '../run/secrets.ts'
import { stepIds, type Session } from '../run/session.ts'
import { walk } from '../run/walk.ts'
import { ebsRoute, stepsOf } from '../steps/routes.ts'
import { PreflightError, UsageError } from '../text/errors.ts'
import { version } from '../version.ts'
import { openSession, readHost, regionOf, type Opened } from './open-session.ts'
import {
  checkConfirmation,
  configPath,
  isAsking,
  runFlags,
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

export function emitStarted(session: Session): void {
  const { runId, route, host } = session.state
  session.emit({ type: 'run-started', runId, route, host, version, pid: process.pid, steps: stepIds(session.route) })
}

/** Walks an opened run to its end and says the last word. */
export async function walkToEnd(opened: Opened, resumed: boolean): Promise<number> {
  const { session, folder } = opened
  try {
    const { error, exitCode } = await walk(session, resumed)
    session.emit({ type: 'run-finished', ...finished(session, error, exitCode) })
    return exitCode
  } finally {
    await opened.close()
    if (!session.state.changed) pruneRun(folder)
  }
}

function whichHost(options: CommonOptions, { env }: Surroundings): UsageError {
  const { path, named } = configPath(options, env)
  const known = readConfig(path, named).hosts.map((host) => host.name)
  const names = known.length === 0 ? `the config ${path} names none` : `the config names ${known.join(', ')}`
  return new UsageError(`which host? Give --host NAME (${names}), or an ssh destination`)
}

/** Walks from the choice of the backup to the proven services. */
export async function restoreCommand(
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const flags = runFlags(options)
  if (flags.host === undefined) throw whichHost(options, surroundings)
  const { config, host } = readHost(options, surroundings, flags.host)
  const names = config.hosts.map((each) => each.name)
  if (names.length > 0 && !names.includes(host.name) && flags.instance === undefined) {
    throw new UsageError(
      `the config ${config.path} does not name ${host.name}; it names ${names.join(', ')}. For another host give --instance`,
    )
  }
  const region = regionOf(config, surroundings.env)
  checkConfirmation(flags, host.name, isAsking(options, surroundings.stdin))
  refuseUnfinished(stateDir(options, surroundings.env), host.name)
  const now = new Date()
  const runId = newRunId(now)
  const opened = openSession(
    {
      runId,
      config,
      host,
      region,
      hostKey: flags.hostKey,
      secret: flags.secret,
      first: {
        type: 'run-started',
        v: journalVersion,
        at: now.toISOString(),
        runId,
        lifeboat: version,
        route: ebsRoute.id,
        host: host.name,
        region,
        steps: stepsOf(ebsRoute).map((step) => ({ id: step.id, version: step.version })),
        flags: { ...flags, secret: lastingSecrets(flags.secret) },
        config: config.path,
        pid: process.pid,
      },
    },
    options,
    surroundings,
  )
  emitStarted(opened.session)
  return walkToEnd(opened, false)
}

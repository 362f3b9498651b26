import { walkDrill } from '../run/drill.ts'
import { readJournal } from '../run/journal.ts'
import { runFolder, unfinishedRuns } from '../run/runs.ts'
import { lastingSecrets } from '../run/secrets.ts'
import { mergeFlags, replay, type RunState } from '../run/state.ts'
import { walk } from '../run/walk.ts'
import { refuseLateFlags, withdrawAnswers } from '../run/withdraw.ts'
import type { Flags } from '../steps/flags.ts'
import { routeFor } from '../steps/routes.ts'
import { LifeboatError, UsageError } from '../text/errors.ts'
import { version } from '../version.ts'
import { resumeElsewhere } from './elsewhere.ts'
import { openSession, readHost, type Opened } from './open-session.ts'
import { checkConfirmation, runFlags, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { walkToEnd } from './walk-to-end.ts'

/** A name becomes a folder's, which may be removed again: it must not lead anywhere else. @throws UsageError */
function checkName(named: string): void {
  if (!/^[\w-]+$/.test(named)) throw new UsageError(`${named === '' ? '""' : named} is no name of a run`)
}

/** The unfinished runs, of this host where one is named. */
const openRuns = (state: string, host: string | undefined) =>
  unfinishedRuns(state).filter((run) => host === undefined || run.state.host === host)

/** The run that was named, or the only unfinished one. @throws UsageError with the list */
export function chooseRun(state: string, named: string | undefined, host?: string): RunState {
  if (named !== undefined) {
    checkName(named)
    const found = replay(readJournal(runFolder(state, named)))
    if (found === undefined)
      throw new UsageError(`there is no run ${named} below ${state}`, [
        { why: 'see which there are', command: 'lifeboat runs' },
        {
          why: 'or, if it was begun elsewhere, see what is left of it',
          command: `lifeboat resume ${named} --host HOST`,
        },
      ])
    if (host !== undefined && found.host !== host)
      throw new UsageError(`run ${named} is of ${found.host}, not of ${host}`)
    return found
  }
  const open = openRuns(state, host)
  const [only] = open
  if (only !== undefined && open.length === 1) return only.state
  if (only === undefined) throw new UsageError('no run is unfinished')
  throw new UsageError(
    `which run? ${open.length} are unfinished: ${open.map((run) => `${run.runId} (${run.state.host})`).join(', ')}`,
  )
}

/** Whether there is a run of this name here, or any unfinished one of this host. */
const isKept = (state: string, named: string | undefined, host: string): boolean =>
  named === undefined ? openRuns(state, host).length > 0 : readJournal(runFolder(state, named)).length > 0

/** The same, if something of it is left to go on with or to take back. @throws UsageError */
export function chooseOpenRun(state: string, named: string | undefined, host: string | undefined): RunState {
  const run = chooseRun(state, named, host)
  if (run.finished !== null) throw new UsageError(`run ${run.runId} is finished: it was ${run.finished}`)
  return run
}

/** A run's steps must be the ones this program has, or its journal would be misread. */
function refuseOtherSteps(state: RunState, opened: Opened): void {
  const ours = new Map(
    opened.session.route.legs.flatMap((leg) => [...leg.choices, ...leg.actions]).map((step) => [step.id, step.version]),
  )
  const differing = state.steps.find((step) => ours.get(step.id) !== step.version)
  if (differing === undefined) return
  throw new LifeboatError({
    code: 'other-version',
    message: `run ${state.runId} was begun by Lifeboat ${state.lifeboat}, whose step ${differing.id} differs from this version's`,
    notChanged: ['nothing was changed'],
    next: [{ why: 'go on with that version', command: `lifeboat@${state.lifeboat} resume ${state.runId}` }],
  })
}

/** Whether an instance is launched decides on which machine the run is: that can't change on the way. @throws UsageError */
function refuseOtherRoute({ runId, host, flags, route }: RunState, { launchTemplate, source }: Flags): void {
  if (source !== undefined && source !== route)
    throw new UsageError(`--source ${source} comes too late: run ${runId} was begun with ${route}`, [
      { why: 'go on as it was begun', command: `lifeboat resume ${runId}` },
      { why: 'or take it back, and begin anew', command: `lifeboat undo ${runId} --confirm ${host}` },
    ])
  if (flags.launchTemplate !== undefined || launchTemplate === undefined) return
  throw new UsageError(`--launch-template comes too late: run ${runId} was begun on ${host} as it is`, [
    { why: 'go on as it was begun', command: `lifeboat resume ${runId}` },
    { why: 'or take it back, and begin anew', command: `lifeboat undo ${runId} --confirm ${host}` },
  ])
}

/** Opens a run that was begun before, with the config and the flags it was begun with. */
export async function reopen(
  state: RunState,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<Opened> {
  const given = runFlags(options)
  refuseOtherRoute(state, given)
  const added = { ...given, secret: lastingSecrets(given.secret) }
  const config = options.config ?? state.config
  const { config: read, host } = readHost(
    { ...options, ...(config === null ? {} : { config }) },
    surroundings,
    state.host,
    state.flags.scratch,
  )
  const opened = await openSession(
    {
      runId: state.runId,
      route: routeFor(mergeFlags(state.flags, added)),
      config: read,
      host,
      region: state.region,
      hostKey: mergeFlags(state.flags, added).hostKey,
      secret: mergeFlags(state.flags, given).secret,
      // Never written: the journal has its first record.
      first: { type: 'resumed', at: '', lifeboat: version, pid: process.pid, flags: added },
    },
    options,
    surroundings,
  )
  refuseOtherSteps(state, opened)
  opened.session.record({ type: 'resumed', at: opened.session.at(), lifeboat: version, pid: process.pid, flags: added })
  return opened
}

/** What is not of the run, which has recorded the rest. */
const ofTheProcess = ['config', 'stateDir', 'cacheDir', 'ascii', 'mode', 'since', 'passing', 'heard', 'secret']

const processOptions = (options: CommonOptions & Record<string, unknown>) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => ofTheProcess.includes(name)))

/** Goes on in the same process with a run that was begun with these options. @returns the exit code */
export const goOn = (
  runId: string,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> => resumeCommand(runId, processOptions(options), surroundings)

/** Takes such a run back in the same process. @returns the exit code */
export const goBack = async (
  runId: string,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> => (await import('./undo.ts')).undoCommand(runId, processOptions(options), surroundings)

/** Goes on with a run that was interrupted or failed. */
export async function resumeCommand(
  named: string | undefined,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const kept = stateDir(options, surroundings.env)
  const { host } = runFlags(options)
  if (named !== undefined) checkName(named)
  // Named together with a host, a run that is not kept here may have been begun elsewhere.
  if (host !== undefined && !isKept(kept, named, host)) return resumeElsewhere(named, options, surroundings)
  const state = chooseOpenRun(kept, named, host)
  if (state.undoing) {
    throw new UsageError(`run ${state.runId} is being taken back: what is left of it can't be gone on with`, [
      { why: 'finish taking it back', command: `lifeboat undo ${state.runId} --confirm ${state.host}` },
    ])
  }
  refuseLateFlags(routeFor(state.flags), state, runFlags(options))
  checkConfirmation(runFlags(options), state.host, true)
  const opened = await reopen(state, options, surroundings)
  const { exitCode, next } = await walkToEnd(opened, (session) => {
    withdrawAnswers(session, runFlags(options))
    return state.flags.scratch ? walkDrill(session, true) : walk(session, true)
  })
  if (next.kind === 'back') return goBack(next.runId, options, surroundings)
  return next.kind === 'resume' ? goOn(next.runId, options, surroundings) : exitCode
}

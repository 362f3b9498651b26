import { isUnfinished, listRuns, type KeptRun } from '../run/runs.ts'
import type { RunState } from '../run/state.ts'
import { oneLine } from '../text/display.ts'
import { stateDir, type CommonOptions, type Surroundings } from './options.ts'

const statusOf = (state: RunState): string => state.finished ?? (isUnfinished(state) ? 'unfinished' : 'nothing changed')

function lineOf(run: KeptRun): string {
  if ('unreadable' in run) return `${run.runId}  ${oneLine(run.unreadable)}`
  const { state } = run
  const last = [...state.actions.keys()].at(-1) ?? [...state.answers.keys()].at(-1) ?? ''
  return `${run.runId}  ${state.host}  ${statusOf(state)}  began ${state.startedAt}  last ${last} ${state.lastAt}`
}

const objectOf = (run: KeptRun): object =>
  'unreadable' in run
    ? { runId: run.runId, status: 'unreadable', reason: run.unreadable }
    : {
        runId: run.runId,
        status: statusOf(run.state),
        host: run.state.host,
        route: run.state.route,
        startedAt: run.state.startedAt,
        lastAt: run.state.lastAt,
        changed: run.state.changed,
      }

/** Lists the runs that are kept on this machine. */
export async function runsCommand(options: CommonOptions, { env, stdout }: Surroundings): Promise<number> {
  const runs = listRuns(stateDir(options, env))
  if (options.json === true) {
    for (const run of runs)
      stdout.write(`${JSON.stringify({ v: 1, at: new Date().toISOString(), type: 'run', ...objectOf(run) })}\n`)
  } else {
    stdout.write(runs.length === 0 ? 'no runs yet\n' : `${runs.map(lineOf).join('\n')}\n`)
  }
  return 0
}

import { readJournal } from '../run/journal.ts'
import { markdownReport } from '../run/report.ts'
import { runFolder } from '../run/runs.ts'
import { routeFor } from '../steps/routes.ts'
import { stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { chooseRun } from './resume.ts'

/** Prints what a run did: its answers, its commands, and what came of each. */
export async function reportCommand(
  named: string,
  options: CommonOptions,
  { env, stdout }: Surroundings,
): Promise<number> {
  const state = stateDir(options, env)
  const { runId, flags } = chooseRun(state, named)
  stdout.write(markdownReport(readJournal(runFolder(state, runId)), routeFor(flags)))
  return 0
}

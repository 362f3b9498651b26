import { finished } from '../run/finish.ts'
import { pruneRun } from '../run/runs.ts'
import { stepIds, type Session } from '../run/session.ts'
import { walk, type Walked } from '../run/walk.ts'
import { version } from '../version.ts'
import { beginRun, checkDestruction } from './begin.ts'
import type { Opened } from './open-session.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'
import { dryRun } from './plan.ts'

export function emitStarted(session: Session): void {
  const { runId, route, host } = session.state
  session.emit({ type: 'run-started', runId, route, host, version, pid: process.pid, steps: stepIds(session.route) })
}

/** Walks an opened run to its end and says the last word. @returns the exit code */
export async function walkToEnd(opened: Opened, walking: (session: Session) => Promise<Walked>): Promise<number> {
  const { session, folder } = opened
  try {
    emitStarted(session)
    const { error, exitCode } = await walking(session)
    session.emit({ type: 'run-finished', ...finished(session, error, exitCode) })
    return exitCode
  } finally {
    await opened.close()
    if (!session.state.changed) pruneRun(folder)
  }
}

/** Walks from the choice of the backup to the proven services. */
export async function restoreCommand(
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const flags = runFlags(options)
  if (options.dryRun === true) return dryRun(flags, options, surroundings)
  checkDestruction(flags, options, surroundings)
  return walkToEnd(await beginRun(flags, options, surroundings), (session) => walk(session, false))
}

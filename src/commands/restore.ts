import { finished } from '../run/finish.ts'
import { pruneRun } from '../run/runs.ts'
import { stepIds, type Session } from '../run/session.ts'
import { walk, type Walked } from '../run/walk.ts'
import { version } from '../version.ts'
import type { Flags } from '../steps/flags.ts'
import { askHost } from './ask-host.ts'
import { beginRun, checkDestruction } from './begin.ts'
import type { Opened } from './open-session.ts'
import { runFlags, type CommonOptions, type Surroundings } from './options.ts'
import { dryRun } from './plan.ts'

export function emitStarted(session: Session): void {
  const { runId, route, host } = session.state
  session.emit({ type: 'run-started', runId, route, host, version, pid: process.pid, steps: stepIds(session.route) })
}

/** Walks an opened run to its end and says the last word, unless it is to be begun anew. */
export async function walkToEnd(opened: Opened, walking: (session: Session) => Promise<Walked>): Promise<Walked> {
  const { session, folder } = opened
  try {
    emitStarted(session)
    const walked = await walking(session)
    const { error, exitCode } = walked
    if (walked.anew === undefined) session.emit({ type: 'run-finished', ...finished(session, error, exitCode) })
    return walked
  } finally {
    await opened.close()
    if (!session.state.changed) pruneRun(folder)
  }
}

/** Begins with these flags, and anew each time the operator chooses another source. @returns the exit code */
export async function walkFrom(flags: Flags, begin: (flags: Flags) => Promise<Walked>): Promise<number> {
  const { anew, exitCode } = await begin(flags)
  return anew === undefined ? exitCode : walkFrom({ ...flags, source: anew }, begin)
}

/** Walks from the choice of the backup to the proven services. */
export async function restoreCommand(
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const given = runFlags(options)
  const host = given.host ?? (await askHost(options, surroundings))
  const flags = host === undefined ? given : { ...given, host }
  return walkFrom(flags, (its) => {
    if (options.dryRun === true) return dryRun(its, options, surroundings)
    checkDestruction(its, options, surroundings)
    return beginRun(its, options, surroundings).then((opened) => walkToEnd(opened, (session) => walk(session, false)))
  })
}

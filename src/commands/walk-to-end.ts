// What all commands that walk a run have in common: its first word, its last, and what the operator wants then.
import { finished } from '../run/finish.ts'
import { pruneRun } from '../run/runs.ts'
import { stepIds, type Session } from '../run/session.ts'
import type { Walked } from '../run/walk.ts'
import type { RouteId } from '../steps/step.ts'
import { isOver } from '../text/over.ts'
import { version } from '../version.ts'
import type { Opened } from './open-session.ts'

export function emitStarted(session: Session): void {
  const { runId, route, host } = session.state
  session.emit({ type: 'run-started', runId, route, host, version, pid: process.pid, steps: stepIds(session.route) })
}

/** How a walk has ended, and what comes next. */
export interface Ended {
  readonly exitCode: number
  readonly next:
    | { readonly kind: 'leave' }
    /** Nothing was made: once more from the beginning, from another source where one was chosen. */
    | { readonly kind: 'anew'; readonly source: RouteId | null }
    /** Something was made: the run goes on. */
    | { readonly kind: 'resume'; readonly runId: string }
    /** Something was made, and the run can't go on: it is taken back. */
    | { readonly kind: 'back'; readonly runId: string }
}

/** Walks an opened run to its end and says the last word, unless it is to be begun anew. */
export async function walkToEnd(opened: Opened, walking: (session: Session) => Promise<Walked>): Promise<Ended> {
  const { session, folder } = opened
  let walked: Walked | undefined
  let again = false
  try {
    emitStarted(session)
    walked = await walking(session)
    const { anew, error, exitCode } = walked
    if (anew === undefined) session.emit({ type: 'run-finished', ...finished(session, error, exitCode) })
  } finally {
    again = (await opened.close()) === 'again'
    if (!session.state.changed) pruneRun(folder)
  }
  const { exitCode, anew = null, error } = walked
  if (anew === null && !again) return { exitCode, next: { kind: 'leave' } }
  const { changed, runId } = session.state
  if (!changed) return { exitCode, next: { kind: 'anew', source: anew } }
  return { exitCode, next: { kind: isOver(error?.code) ? 'back' : 'resume', runId } }
}

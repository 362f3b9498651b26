import { errorObject, asLifeboatError, exitCodeOf } from '../run/errors.ts'
import { finished, takenBack } from '../run/finish.ts'
import { settle, undo, undoCommands, undoDestroys } from '../run/undo.ts'
import type { Session } from '../run/session.ts'
import { UsageError } from '../text/errors.ts'
import { runFlags, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { emitStarted } from './restore.ts'
import { chooseOpenRun, reopen } from './resume.ts'

/** Given now: what was confirmed when the run was begun was another destruction. */
async function confirmUndo(session: Session, destroys: readonly string[], given: readonly string[]): Promise<void> {
  const { host, runId, actions } = session.state
  if (destroys.length === 0 || given.includes(host)) return
  if (!session.asker.present) {
    const command = `lifeboat undo ${runId} --confirm ${host}`
    throw new UsageError(`undoing run ${runId} deletes ${destroys.join(', ')}`, [{ why: 'confirm it', command }])
  }
  const served = actions.has('start-services') ? '. Services have run on it: what they wrote since goes with it' : ''
  await session.asker.confirm(`This deletes ${destroys.join(', ')}${served}.`, host, session.stop.stopping)
}

/** Takes back what a run made: the volume it made is deleted, so the host's name has to be given. */
export async function undoCommand(
  named: string | undefined,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const state = chooseOpenRun(stateDir(options, surroundings.env), named)
  const opened = reopen(state, options, surroundings)
  const { session } = opened
  try {
    emitStarted(session)
    await settle(session)
    const destroys = undoDestroys(session)
    for (const text of undoCommands(session))
      session.emit({ type: 'finding', step: 'review', level: 'info', message: `$ ${text}` })
    await confirmUndo(session, destroys, runFlags(options).confirm)
    session.confirmed = new Set(destroys)
    await undo(session)
    session.emit({ type: 'run-finished', ...takenBack(session) })
    return 0
  } catch (thrown) {
    const error = asLifeboatError(thrown, session.stop.leaving)
    const exitCode = exitCodeOf(error, session.state.changed)
    session.emit({ type: 'step-failed', step: 'review', error: errorObject(error, session.clean) })
    const left =
      error instanceof UsageError ? [] : undoCommands(session).map((command) => ({ why: 'by hand', command }))
    session.emit({
      type: 'run-finished',
      ...finished(session, error, exitCode),
      next: [...error.next, ...left],
    })
    return exitCode
  } finally {
    await opened.close()
  }
}

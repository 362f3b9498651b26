import { takeDrillBack, withItsInstance } from '../run/drill.ts'
import { errorObject, asLifeboatError, exitCodeOf } from '../run/errors.ts'
import { finished, takenBack } from '../run/finish.ts'
import { refuseImpossible, settle, undo, undoCommands, undoDestroys, undoSteps, type Undoing } from '../run/undo.ts'
import { contextFor } from '../run/context.ts'
import type { Session } from '../run/session.ts'
import { hostGone } from '../steps/host-gone.ts'
import type { StepId } from '../steps/step.ts'
import { targetChoice } from '../steps/target.ts'
import { UsageError } from '../text/errors.ts'
import { runFlags, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { emitStarted } from './walk-to-end.ts'
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

/** A host that is gone for good can't be tidied up, and need not be. */
async function lookForHost(session: Session): Promise<string | null> {
  // While a recovery instance is launched nobody knows the host yet, and nothing was done on it.
  if (!session.state.answers.has(targetChoice.id)) return null
  const run = contextFor(session, { step: 'target', attempt: 1, shown: null, ignoresStopping: true })
  const gone = await hostGone(run)
  if (gone !== null) run.finding('warn', `${gone}: what was on the host went with it, and only AWS is tidied up`)
  return gone
}

/** Takes back what a run made: the volume it made is deleted, so the host's name has to be given. */
export async function undoCommand(
  named: string | undefined,
  options: CommonOptions & Record<string, unknown>,
  surroundings: Surroundings,
): Promise<number> {
  const state = chooseOpenRun(stateDir(options, surroundings.env), named, runFlags(options).host)
  const opened = await reopen(state, { ...options, mode: 'UNDO' }, surroundings)
  const { session } = opened
  let step: StepId = 'review'
  let undoing: Undoing = {}
  try {
    emitStarted(session)
    const { scratch } = session.state.flags
    const gone = scratch ? withItsInstance : { hostGone: await lookForHost(session) }
    undoing = { ...gone, at: (id) => (step = id) }
    await settle(session, undoing)
    await refuseImpossible(session, undoing)
    const destroys = undoDestroys(session, undoing)
    for (const { title, commands } of undoSteps(session, undoing))
      for (const text of commands.length === 0 ? [] : [title, ...commands.map((each) => `$ ${each}`)])
        session.emit({ type: 'finding', step: 'review', level: 'info', message: text })
    await confirmUndo(session, destroys, runFlags(options).confirm)
    session.confirmed = new Set(destroys)
    await (scratch ? takeDrillBack : undo)(session, undoing)
    session.emit({ type: 'run-finished', ...takenBack(session) })
    return 0
  } catch (thrown) {
    const error = asLifeboatError(thrown, session.stop.leaving)
    const exitCode = exitCodeOf(error, session.state.changed)
    session.emit({ type: 'step-failed', step, error: errorObject(error, session.clean) })
    const left =
      error instanceof UsageError ? [] : undoCommands(session, undoing).map((command) => ({ why: 'by hand', command }))
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

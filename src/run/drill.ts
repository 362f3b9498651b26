// A drill on the account is walked as any run is, and leaves nothing: where it fails, it is taken back at once.
import { isAlive } from '../remote/aws/ec2.ts'
import { terminateInstance } from '../remote/aws/launch.ts'
import { commandText } from '../remote/remote.ts'
import { byId } from '../steps/launch-instance-looks.ts'
import { launchInstanceAction } from '../steps/launch-instance.ts'
import { endInstances } from '../steps/remove.ts'
import { asLifeboatError } from './errors.ts'
import { contextFor } from './context.ts'
import type { Session } from './session.ts'
import { settle, undo, undoDestroys, type Undoing } from './undo.ts'
import { walk, type Walked } from './walk.ts'

/** Its instance is ended before anything else, so nothing on it is taken back by itself. */
export const withItsInstance: Undoing = {
  hostGone: 'the scratch instance is ended, and all that is on it goes with it',
}

/** Ends the scratch instance, and waits until it has let go of its disks and its group. */
async function endScratch(session: Session): Promise<void> {
  const step = launchInstanceAction.id
  const state = session.state.actions.get(step)
  if (state?.status !== 'done') return
  const { instanceId } = launchInstanceAction.effect.parse(state.effect)
  const text = commandText(terminateInstance(instanceId))
  const attempt = session.now().getTime()
  const run = contextFor(session, { step, attempt, shown: new Set([text]), ignoresStopping: true })
  const there = await byId(run, instanceId)
  if (there === undefined || (!isAlive(there) && there.state === 'terminated')) return
  session.record({ type: 'undoing', at: session.at(), step, commands: [text] })
  session.emit({ type: 'step-started', step, title: 'end the scratch instance' })
  await endInstances(run, [instanceId])
}

/** Takes a drill back to the end, with what of it AWS shows. Everything to be destroyed has to be confirmed before. */
export async function takeDrillBack(session: Session, undoing: Undoing = {}): Promise<void> {
  await endScratch(session)
  await undo(session, { ...undoing, ...withItsInstance })
}

/** Walks to the end. What a failure or a stop would leave is removed, unless the operator leaves at once. */
export async function walkDrill(session: Session, resumed: boolean): Promise<Walked> {
  const walked = await walk(session, resumed)
  if (walked.error === null || !session.state.changed || session.stop.leaving.aborted) return walked
  let at = launchInstanceAction.id
  try {
    await settle(session, withItsInstance)
    session.confirmed = new Set(undoDestroys(session, withItsInstance))
    await takeDrillBack(session, { at: (step) => (at = step) })
  } catch (thrown) {
    const { message } = asLifeboatError(thrown, session.stop.leaving)
    session.emit({ type: 'finding', step: at, level: 'error', message: `not all of the drill is removed: ${message}` })
  }
  return walked
}

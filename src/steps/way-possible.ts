import { commandText } from '../remote/remote.ts'
import { demandCheckpoint } from './checkpoint.ts'
import { demandClones, planClones } from './clone-plan.ts'
import { cloneSteps } from './clone-steps.ts'
import { demandPlace } from './files-to-copy.ts'
import { pointKey } from './point-answer.ts'
import { demandPool } from './pool-possible.ts'
import { fact, type Fact, type Run } from './step.ts'

/** Refuses a way that can't be gone to its end, before anything is changed on it. @throws Refused */
export async function demandWay(run: Run): Promise<void> {
  const { way } = run.answer(pointKey)
  await demandPool(run)
  if (way === 'rollback' && run.route === 'local') await demandCheckpoint(run)
  if (way === 'clone') await demandClones(run)
  if (way === 'files') await demandPlace(run)
}

/** The commands of a way that can only be told when the pool has been read. */
export async function* commandsOfWay(run: Run): AsyncGenerator<Fact> {
  if (run.answer(pointKey).way !== 'clone') return
  const plan = await planClones(run)
  yield fact('clone: put clones in the place of the datasets')
  for (const { command } of cloneSteps(plan)) yield fact(`  $ ${commandText(command)}`, 'command')
}

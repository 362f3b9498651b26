// A lesson's incident: a lab of its own, the wizard, and what the world says afterwards.
import { startLab } from '../lab/lab.ts'
import { aftermathOf } from '../lab/scenarios/aftermath.ts'
import type { Task } from '../learn/lesson.ts'
import type { Outcome } from '../learn/play.ts'
import { asLifeboatError, exitCodeOf } from '../run/errors.ts'
import type { RunEvent } from '../run/events.ts'
import { oneLine } from '../text/display.ts'
import { Bug } from '../text/errors.ts'
import { costs, ending, judged, verdict } from './drill-debrief.ts'
import { keepDrill } from './drill-history.ts'
import { runOptions } from './drill.ts'
import { cacheDir, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { restoreCommand } from './restore.ts'

/** What labs of the course are: the same for everybody. */
export const learnLab = { host: 'simulated', delays: 'none', seed: '1' } as const

const leftFault = 'the wizard was left before the restore had come to its end'

interface Walked {
  readonly exitCode: number
  /** Why there was no run at all. */
  readonly refused: string | null
}

async function walked(options: CommonOptions & Record<string, unknown>, surroundings: Surroundings): Promise<Walked> {
  try {
    const env = { ...surroundings.env, AWS_PROFILE: undefined }
    return { exitCode: await restoreCommand(options, { ...surroundings, env }), refused: null }
  } catch (thrown) {
    const error = asLifeboatError(thrown)
    if (error instanceof Bug) throw error
    return { exitCode: exitCodeOf(error, false), refused: oneLine(error.message) }
  }
}

/**
 * Runs the wizard on a task's incident, and judges by the world what it came to.
 * @param isAttended false: the suggestions and the scenario's own flags answer
 * @param begins called when the world is made, before the wizard takes the terminal
 */
export async function restoreInLab(
  task: Task,
  options: CommonOptions,
  surroundings: Surroundings,
  isAttended: boolean,
  begins: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Outcome> {
  const { scenario } = task
  const at = new Date().toISOString()
  const lab = await startLab({
    cacheDir: cacheDir(options, surroundings.env),
    host: learnLab.host,
    delays: learnLab.delays,
    seed: Number(learnLab.seed),
    scenario,
  })
  try {
    const { world } = lab.stage
    const events: RunEvent[] = []
    const meanwhile: Promise<void>[] = []
    const heard = (event: RunEvent): void => {
      events.push(event)
      const happens = scenario.during?.(event, lab.stage)
      if (happens !== undefined) meanwhile.push(happens)
    }
    const words = {
      ...runOptions(lab, scenario, { ...options, ...learnLab, heard }, isAttended),
      ...(task.dataset === undefined ? {} : { dataset: [task.dataset] }),
      mode: 'LEARN',
    }
    await begins()
    const { exitCode, refused } = await walked(words, surroundings)
    await Promise.all(meanwhile)
    const after = await aftermathOf(lab.stage, scenario)
    const seed = Number(learnLab.seed)
    const drill = judged({ at, scenario, seed, world, events, exitCode, after, hints: 0 })
    const more = task.judge?.({ destroyed: drill.destroyed }, after, world) ?? []
    const faults = [...(refused === null ? [] : [refused]), ...drill.faults, ...more]
    const ended = { ...drill, faults, passed: faults.length === 0 }
    if (task.isDrill === true) keepDrill(stateDir(options, surroundings.env), ended)
    // Of what was left nothing else can be expected.
    if (refused === null && verdict(ended) === 'left') return { passed: false, faults: [leftFault], text: '' }
    const text = [ending(ended), ...costs(scenario, ended)].map((line) => `- ${line}`).join('\n')
    return { passed: ended.passed, faults, text: `${text}\n\n${scenario.moral}` }
  } finally {
    await lab.close()
  }
}

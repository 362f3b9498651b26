// A run that is disturbed again and again, and what is counted of it in the end.
import { listRuns } from '../../src/run/runs.ts'
import { comparable, endState, type EndState } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { threeHoursBack, type Ran, type RunOptions } from './program.ts'
import { Rig, type Scene } from './rig.ts'

export interface Counts {
  readonly processes: number
  readonly secondVolumes: number
  /** Holds, gates, units, tags that nobody needs any more. */
  readonly orphans: readonly string[]
  readonly wrongEnds: readonly string[]
}

/** The end that every disturbed run is compared with. */
export async function undisturbedEnd(): Promise<ReturnType<typeof comparable>> {
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  await scene.editHost({ stable_seconds: 1 })
  const ran = await scene.restore(threeHoursBack(scene.world))
  if (ran.exitCode !== 0) throw new Error(`the undisturbed run ended with ${ran.exitCode}: ${errorOf(ran)?.message}`)
  return comparable(await endState(scene))
}

/** What the state directory knows of the run that is going on. A run that changed nothing is begun anew. */
function journaled({ stateDir }: Scene): 'nothing' | 'begun' | 'finished' {
  const changing = listRuns(stateDir).flatMap((run) => ('state' in run && run.state.changed ? [run.state] : []))
  if (changing.some(({ finished }) => finished !== null)) return 'finished'
  return changing.length > 0 ? 'begun' : 'nothing'
}

export interface Disturbing {
  /** What each process is started with. */
  readonly each: () => RunOptions
  /** Whether a process that did not end with 0 ended as it was meant to. */
  readonly mayEndBy: (ran: Ran) => boolean
  /** So many processes at most. */
  readonly atMost: number
}

/** Begins a run and takes it up until it is finished. */
export async function disturb(
  scene: Scene,
  { each, mayEndBy, atMost }: Disturbing,
): Promise<Pick<Counts, 'processes' | 'secondVolumes'>> {
  let secondVolumes = 0
  for (let processes = 1; processes <= atMost; processes += 1) {
    const begun = journaled(scene) !== 'nothing'
    const ran = begun ? await scene.resume([], each()) : await scene.restore(threeHoursBack(scene.world), each())
    secondVolumes = Math.max(secondVolumes, (await scene.dataVolumes()).length - 1)
    if (ran.exitCode !== 0 && !mayEndBy(ran))
      throw new Error(`process ${processes} ended with ${ran.exitCode}: ${errorOf(ran)?.message ?? ran.stderr}`)
    if (journaled(scene) === 'finished') return { processes, secondVolumes }
  }
  throw new Error(`the run is not finished after ${atMost} processes`)
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

function orphansOf(end: EndState): string[] {
  const holds = linesOf(end.snapshots).filter((line) => !line.endsWith('\t0'))
  const units = linesOf(end.timer).slice(1)
  const tagged = end.volumes
    .filter((volume) => JSON.stringify(volume).includes('lifeboat:made'))
    .map(() => 'a tagged volume')
  return [...linesOf(end.gates), ...linesOf(end.cronMounts), ...holds, ...units, ...tagged]
}

/** Compares what a disturbed run led to with the undisturbed one. */
export async function countsOf(
  scene: Scene,
  counted: Pick<Counts, 'processes' | 'secondVolumes'>,
  undisturbed: ReturnType<typeof comparable>,
): Promise<Counts> {
  const end = await endState(scene)
  const got = comparable(end)
  const wrongEnds = Object.keys(undisturbed).filter((key) => {
    const name = key as keyof typeof undisturbed
    return JSON.stringify(got[name]) !== JSON.stringify(undisturbed[name])
  })
  return { ...counted, orphans: orphansOf(end), wrongEnds }
}

/** One line for whoever reads the log. */
export const inOneLine = (what: string, { processes, secondVolumes, orphans, wrongEnds }: Counts): string =>
  `${what}: ${processes} processes, ${secondVolumes} second volumes, ${orphans.length} orphans, ${wrongEnds.length} wrong end states\n`

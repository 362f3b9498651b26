// A run that is disturbed again and again, and what is counted of it in the end.
import { listRuns } from '../../src/run/runs.ts'
import { comparable, endState } from './end-state.ts'
import { errorOf } from './faults-page.ts'
import { threeHoursBack, type RunOptions } from './program.ts'
import { Rig, type Scene } from './rig.ts'

export interface Counts {
  readonly processes: number
  readonly secondVolumes: number
  /** What processes said that ended by themselves, and not with 0. */
  readonly failures: readonly string[]
  /** Holds, gates, units, tags that nobody needs any more. */
  readonly orphans: readonly string[]
  readonly wrongEnds: readonly string[]
}

type Compared = ReturnType<typeof comparable>

/** The hour in a zfsnap snapshot's name. */
const madeAt = (line: string): string => /@(\d{4}-\d\d-\d\d_\d\d)/.exec(line)?.[1] ?? ''

/** The host goes on: at each full hour its own cron makes snapshots, which are no run's doing. */
async function comparedIn(scene: Scene): Promise<Compared> {
  const end = comparable(await endState(scene))
  const restored = scene.world.snapshots.at(-1)?.startedAt.slice(0, 13).replace('T', '_') ?? ''
  return {
    ...end,
    snapshots: linesOf(end.snapshots)
      .filter((line) => madeAt(line) <= restored)
      .join('\n'),
  }
}

/** The end that every disturbed run is compared with. */
export async function undisturbedEnd(): Promise<Compared> {
  await using rig = await Rig.start()
  await using scene = await rig.scene()
  await scene.editHost({ stable_seconds: 1 })
  const ran = await scene.restore(threeHoursBack(scene.world))
  if (ran.exitCode !== 0) throw new Error(`the undisturbed run ended with ${ran.exitCode}: ${errorOf(ran)?.message}`)
  // Awaited here: the host ends with this function.
  return await comparedIn(scene)
}

/** What the state directory knows of the run that is going on. A run that changed nothing is begun anew. */
function journaled({ stateDir }: Scene): 'nothing' | 'begun' | 'finished' {
  const changing = listRuns(stateDir).flatMap((run) => ('state' in run && run.state.changed ? [run.state] : []))
  if (changing.some(({ finished }) => finished !== null)) return 'finished'
  return changing.length > 0 ? 'begun' : 'nothing'
}

type Counted = Pick<Counts, 'processes' | 'secondVolumes' | 'failures'>

export interface Disturbing {
  /** What each process is started with. */
  readonly each: () => RunOptions
  /** So many processes at most. */
  readonly atMost: number
}

/** Begins a run and takes it up until it is finished. */
export async function disturb(scene: Scene, { each, atMost }: Disturbing): Promise<Counted> {
  let secondVolumes = 0
  const failures: string[] = []
  for (let processes = 1; processes <= atMost; processes += 1) {
    const begun = journaled(scene) !== 'nothing'
    const ran = begun ? await scene.resume([], each()) : await scene.restore(threeHoursBack(scene.world), each())
    secondVolumes = Math.max(secondVolumes, (await scene.dataVolumes()).length - 1)
    if (ran.exitCode !== 0 && ran.exitCode !== null)
      failures.push(`${ran.exitCode} ${errorOf(ran)?.message ?? ran.stderr}`)
    if (journaled(scene) === 'finished') return { processes, secondVolumes, failures }
  }
  throw new Error(`the run is not finished after ${atMost} processes`)
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

function orphansOf(end: Compared): string[] {
  const holds = linesOf(end.snapshots).filter((line) => !line.endsWith('\t0'))
  const units = linesOf(end.timer).slice(1)
  const tagged = end.volumes
    .filter((volume) => JSON.stringify(volume).includes('lifeboat:made'))
    .map(() => 'a tagged volume')
  return [...linesOf(end.gates), ...linesOf(end.cronMounts), ...holds, ...units, ...tagged]
}

/** Compares what a disturbed run led to with the undisturbed one. */
export async function countsOf(scene: Scene, counted: Counted, undisturbed: Compared): Promise<Counts> {
  const got = await comparedIn(scene)
  const wrongEnds = Object.keys(undisturbed).filter((key) => {
    const name = key as keyof typeof undisturbed
    return JSON.stringify(got[name]) !== JSON.stringify(undisturbed[name])
  })
  return { ...counted, orphans: orphansOf(got), wrongEnds }
}

/** One line for whoever reads the log. */
export const inOneLine = (what: string, { processes, secondVolumes, failures, orphans, wrongEnds }: Counts): string =>
  `${what}: ${processes} processes, ${secondVolumes} second volumes, ${orphans.length} orphans, ${wrongEnds.length} wrong end states${failures.map((failure) => `\n  ${failure}`).join('')}\n`

// A rehearsal: an incident in the built-in lab, the same wizard as ever, and a word on how it went.
import { join } from 'node:path'
import { demandPlace, startLab, type Lab } from '../lab/lab.ts'
import { aftermathOf } from '../lab/scenarios/aftermath.ts'
import { scenarios } from '../lab/scenarios/all.ts'
import type { Scenario } from '../lab/scenarios/scenario.ts'
import type { RunEvent } from '../run/events.ts'
import { listRuns } from '../run/runs.ts'
import { UsageError } from '../text/errors.ts'
import { drillAccount, type AccountDrillOptions } from './drill-account.ts'
import { demandHost, labOptions, scenarioNamed, scenariosOn, type LabWords } from './lab-options.ts'
import { askIncident } from './ask-incident.ts'
import { debrief, judged, type Drilled } from './drill-debrief.ts'
import { demandHistory, drillsIn, historyLines, keepDrill } from './drill-history.ts'
import { drillTimer } from './drill-timer.ts'
import { wrapped } from './output.ts'
import { cacheDir, isAsking, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { restoreCommand } from './restore.ts'

/** As they were typed: `--host` is a host of the config with `--account`, and else the lab's kind of host. */
export type TypedDrillOptions = Omit<DrillOptions, 'host'> & AccountDrillOptions

export interface DrillOptions extends CommonOptions, LabWords {
  readonly unattended?: boolean
  readonly list?: boolean
  readonly history?: boolean
  readonly timer?: boolean
  readonly account?: boolean
}

const now = (): Date => new Date()

const jsonLine = (object: object): string => `${JSON.stringify({ v: 1, at: now().toISOString(), ...object })}\n`

/** What had passed when the last run was begun: others may have been left for it, where nothing was made yet. */
function earlierMs(lab: Lab, beganMs: number): number {
  const last = listRuns(join(lab.dir, 'state')).at(-1)
  return last !== undefined && 'state' in last ? Math.max(0, Date.parse(last.state.startedAt) - beganMs) : 0
}

function listScenarios({ json }: DrillOptions, stdout: NodeJS.WritableStream): number {
  for (const { id, title, objectives } of scenarios)
    stdout.write(json === true ? jsonLine({ type: 'scenario', id, title, objectives }) : `${id.padEnd(20)} ${title}\n`)
  return 0
}

function showHistory({ json }: DrillOptions, state: string, stdout: NodeJS.WritableStream): number {
  const drills = drillsIn(state)
  if (json === true) for (const each of drills) stdout.write(jsonLine({ type: 'drill', ...each }))
  else if (drills.length === 0) stdout.write('no drills yet: lifeboat drill begins one\n')
  else for (const line of historyLines(drills)) stdout.write(`${line}\n`)
  return 0
}

/** Rehearses an incident to its end. @returns 0 when it ended as well as it could */
export async function drillCommand(
  named: string | undefined,
  typed: TypedDrillOptions,
  surroundings: Surroundings,
): Promise<number> {
  const options: DrillOptions = { ...typed, host: typed.host ?? 'simulated' }
  const { stdin, stdout, env } = surroundings
  const state = stateDir(options, env)
  if (options.list === true) return listScenarios(options, stdout)
  if (options.history === true) return showHistory(options, state, stdout)
  if (options.timer === true) return drillTimer(typed, surroundings)
  if (options.account === true) {
    if (named !== undefined)
      throw new UsageError(`--account rehearses no incident of the lab, so ${named} is not for it`)
    return drillAccount(typed, surroundings)
  }
  const onlyThere = (['launchTemplate', 'sshFrom', 'takeOver'] as const).find((key) => typed[key] !== undefined)
  if (onlyThere !== undefined)
    throw new UsageError(`--${onlyThere.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is for --account`)
  const { host } = labOptions(options)
  const isAttended = options.unattended !== true && isAsking(options, stdin)
  if (!isAttended && options.unattended !== true)
    throw new UsageError('nobody is there to answer: give --unattended, and the suggestions are taken')
  const given = named === undefined ? undefined : scenarioNamed(named)
  if (given !== undefined) demandHost(given, host)
  demandHistory(state)
  await demandPlace(cacheDir(options, env))
  const begun = isAttended
    ? await askIncident(given === undefined ? scenariosOn(host) : [given], options, surroundings)
    : { scenario: given ?? scenarioNamed('volume-deleted'), hints: 0 }
  if (begun === undefined) return 130
  const drill = await rehearse({ ...begun, isAttended }, options, surroundings)
  keepDrill(state, drill)
  if (options.json === true) stdout.write(jsonLine({ type: 'drill-finished', ...drill }))
  else for (const line of ['', ...debrief(begun.scenario, drill)]) stdout.write(`${wrapped(line, stdout.columns)}\n`)
  return drill.passed ? 0 : drill.exitCode > 128 ? drill.exitCode : 1
}

interface Rehearsal {
  readonly scenario: Scenario
  /** How many hints were read. */
  readonly hints: number
  readonly isAttended: boolean
}

/** Makes the scenario's world, walks a restore in it, and judges what the world is then. Leaves nothing behind. */
export async function rehearse(
  { scenario, hints, isAttended }: Rehearsal,
  options: DrillOptions,
  surroundings: Surroundings,
): Promise<Drilled> {
  const { stderr, env } = surroundings
  const words = labOptions(options)
  const at = now().toISOString()
  if (options.json !== true) stderr.write(`drill ${scenario.id}: making the world, a few seconds\n`)
  const lab = await startLab({ cacheDir: cacheDir(options, env), ...words, scenario })
  const events: RunEvent[] = []
  const meanwhile: Promise<void>[] = []
  const heard = (event: RunEvent): void => {
    events.push(event)
    const happens = scenario.during?.(event, lab.stage)
    if (happens !== undefined) meanwhile.push(happens)
  }
  try {
    const beganMs = lab.clock().getTime()
    const exitCode = await restoreCommand(
      runOptions(lab, scenario, { ...options, since: beganMs, heard }, isAttended),
      { ...surroundings, now: lab.clock, env: { ...env, AWS_PROFILE: undefined } },
    )
    await Promise.all(meanwhile)
    return judged({
      at,
      scenario,
      seed: words.seed,
      world: lab.stage.world,
      earlierMs: earlierMs(lab, beganMs),
      events,
      exitCode,
      after: await aftermathOf(lab.stage, scenario),
      hints,
    })
  } finally {
    await lab.close()
  }
}

/** The options of a `restore` in the lab: the operator's own where one answers, else the suggestions'. */
export function runOptions(lab: Lab, scenario: Scenario, options: DrillOptions, isAttended: boolean) {
  const { world } = lab.stage
  const host = lab.ready.hosts[0]?.name
  return {
    ...options,
    config: lab.ready.config,
    stateDir: join(lab.dir, 'state'),
    mode: 'DRILL',
    passing: true,
    host,
    instance: undefined,
    incidentAt: world.incidentAt,
    delays: undefined,
    ...(isAttended ? {} : { yes: true, confirm: host === undefined ? [] : [host], input: false }),
    ...(isAttended ? {} : scenario.flags?.(world)),
  }
}

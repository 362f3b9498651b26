// A drill on the AWS account: the newest EBS snapshot of a host, restored onto an instance of its own that is ended again.
import { z } from 'zod'
import { readConfig } from '../run/config.ts'
import { walkDrill } from '../run/drill.ts'
import type { RunEvent } from '../run/events.ts'
import { unfinishedRuns } from '../run/runs.ts'
import { rehearsed, type HostProfile } from '../steps/profile.ts'
import { LifeboatError, PreflightError, UsageError } from '../text/errors.ts'
import { askIncident } from './ask-incident.ts'
import { beginRun } from './begin.ts'
import { debrief, guardsIn, type Drilled, type Incident } from './drill-debrief.ts'
import { keepDrill } from './drill-history.ts'
import { configPath, isAsking, runFlags, stateDir, type CommonOptions, type Surroundings } from './options.ts'
import { wrapped } from './output.ts'
import { undoCommand } from './undo.ts'
import { walkToEnd } from './walk-to-end.ts'

export interface AccountDrillOptions extends CommonOptions {
  readonly host?: string | undefined
  readonly unattended?: boolean
  readonly launchTemplate?: string
  readonly sshFrom?: string
  readonly takeOver?: string
  readonly secret?: string[]
}

/** The host to be rehearsed: named, or the only one that the config knows. @throws UsageError */
export function hostToRehearse({ host, ...options }: AccountDrillOptions, { env }: Surroundings): HostProfile {
  const { path, named } = configPath(options, env)
  const { hosts } = readConfig(path, named)
  const found = host === undefined && hosts.length === 1 ? hosts[0] : hosts.find((each) => each.name === host)
  if (found !== undefined) return found
  const known =
    hosts.length === 0 ? `the config ${path} names none` : `${path} names ${hosts.map((each) => each.name).join(', ')}`
  throw new UsageError(
    host === undefined ? `which host? Give --host NAME: ${known}` : `the config does not name ${host}: ${known}`,
  )
}

const incidentOf = ({ name, volume, drill }: HostProfile): Incident => ({
  id: `account ${name}`,
  title: `the data of ${name} is gone; its EBS snapshots on the account are left`,
  brief: [
    `PAGE ${name}: its data volume${volume === undefined ? '' : ` ${volume}`} is gone. (It is not: this is a drill, and ${name} is not touched.)`,
    'The newest EBS snapshot of it is restored onto a scratch instance, which has no instance profile, no user-data and no way out, and the service is proven there.',
    'It costs money while it runs. All of it is removed at the end, however it ends.',
  ],
  hints: [
    "Every question has a suggestion that is right for a drill: the newest snapshot, and the pool's head as it is.",
  ],
  objectives: { rto: drill?.rto_minutes ?? 45, dataLoss: drill?.data_loss_minutes ?? 1440 },
  goodEnd: { kind: 'restored' },
  moral:
    'This was the real account: the snapshots, the permissions and the image are what they will be in the incident.',
})

/** Takes back the drills of the host that were begun here and did not come to their end. @throws LifeboatError */
async function clearUnfinished(
  { name }: HostProfile,
  options: AccountDrillOptions,
  surroundings: Surroundings,
): Promise<void> {
  for (const { runId, state } of unfinishedRuns(stateDir(options, surroundings.env))) {
    if (state.host !== name) continue
    surroundings.stderr.write(`an earlier drill, run ${runId}, did not end: removing what it made\n`)
    const taking = { ...options, host: undefined, confirm: [name], input: false, quiet: true, secret: [] }
    if ((await undoCommand(runId, taking, surroundings)) === 0) continue
    throw new LifeboatError({
      code: 'drill-not-removed',
      message: `what the earlier drill ${runId} made can't be removed, so no other one is begun`,
      notChanged: ['nothing new was made'],
      next: [{ why: 'see why, and try again', command: `lifeboat undo ${runId} --confirm ${name}` }],
    })
  }
}

const inAccount = z.object({ account: z.string() })

/** What the run's events tell of a drill on the account. */
function judgedOnAccount(
  host: HostProfile,
  { at, hints, events, exitCode }: { at: string; hints: number; events: readonly RunEvent[]; exitCode: number },
): Drilled {
  const last = events.findLast((event) => event.type === 'run-finished')
  const target = events.findLast((event) => event.type === 'answer' && event.step === 'target')
  const account = inAccount.safeParse(target?.type === 'answer' ? target.value : undefined)
  const { objectives, id } = incidentOf(host)
  const left = last?.leftovers.map((each) => each.id) ?? []
  return {
    at,
    scenario: id,
    seed: 0,
    account: account.data?.account ?? 'unknown',
    passed: exitCode === 0,
    outcome: last?.outcome ?? 'left',
    exitCode,
    rtoMs: last?.rtoMs ?? null,
    dataLossMs: last?.dataLossMs ?? null,
    objectives: { rtoMs: objectives.rto * 60_000, dataLossMs: objectives.dataLoss * 60_000 },
    destroyed: [],
    hints,
    guards: guardsIn(events),
    faults: [
      ...(exitCode === 0 ? [] : ['the restore was not proven']),
      ...(left.length === 0 ? [] : [`left behind in AWS: ${left.join(', ')}`]),
    ],
  }
}

/** A real restore of the host comes first. @throws PreflightError */
function refuseDuringRestore({ name }: HostProfile, state: string): void {
  const other = unfinishedRuns(state).find((run) => run.state.host === name)
  if (other === undefined) return
  throw new PreflightError({
    code: 'run-unfinished',
    message: `run ${other.runId} on ${name} is not finished: no drill is begun beside it`,
    notChanged: ['nothing was changed'],
    next: [{ why: 'go on with it', command: `lifeboat resume ${other.runId}` }],
  })
}

/** Rehearses a restore on the account. @returns 0 passed · 3 failed after a change · 4 not proven · 5 nothing was made */
export async function drillAccount(options: AccountDrillOptions, surroundings: Surroundings): Promise<number> {
  const { stdin, stdout, env } = surroundings
  const isAttended = options.unattended !== true && isAsking(options, stdin)
  if (!isAttended && options.unattended !== true)
    throw new UsageError('nobody is there to answer: give --unattended, and the suggestions are taken')
  const host = hostToRehearse(options, surroundings)
  const state = stateDir(options, env)
  const { launchTemplate, sshFrom, takeOver, secret = [] } = options
  const began = new Date()
  const flags = runFlags({
    host: host.name,
    source: 'ebs',
    scratch: true,
    snapshot: 'latest',
    at: 'head',
    way: 'none',
    launchTemplate,
    sshFrom,
    takeOver,
    secret,
    yes: !isAttended,
    incidentAt: began.toISOString(),
  })
  refuseDuringRestore(host, state)
  await clearUnfinished(rehearsed(host), options, surroundings)
  const incident = incidentOf(host)
  const begun = isAttended ? await askIncident([incident], options, surroundings) : { hints: 0 }
  if (begun === undefined) return 130
  const events: RunEvent[] = []
  const running = {
    ...options,
    mode: 'DRILL',
    since: Date.now(),
    heard: (event: RunEvent) => void events.push(event),
    ...(isAttended ? {} : { input: false }),
  }
  const opened = await beginRun(flags, running, surroundings)
  const { exitCode, next } = await walkToEnd(opened, (session) => walkDrill(session, false))
  const drill = judgedOnAccount(host, { at: began.toISOString(), hints: begun.hints, events, exitCode })
  keepDrill(state, drill)
  if (options.json === true) stdout.write(`${JSON.stringify({ v: 1, type: 'drill-finished', ...drill })}\n`)
  else for (const line of ['', ...debrief(incident, drill)]) stdout.write(`${wrapped(line, stdout.columns)}\n`)
  return next.kind === 'leave' ? exitCode : drillAccount(options, surroundings)
}

import { z } from 'zod'
import {
  allowStart,
  closeGates,
  gateState,
  liftGates,
  liftGatesLater,
  lockHolder,
  releaseLock,
  takeLock,
  takeLockOver,
} from '../remote/linux/gate.ts'
import { startUnits, unitStates } from '../remote/linux/units.ts'
import type { ShellCommand } from '../remote/command.ts'
import { Refused, RemoteCommandError } from '../text/errors.ts'
import type { Action, Finding, Run } from './step.ts'
import { targetHostKey } from './target-host.ts'

const before = z.object({
  run: z.string(),
  who: z.string(),
  since: z.string(),
  backups: z.array(z.string()),
  services: z.array(z.string()),
  cron: z.array(z.string()),
  /** The services that ran, to be started again by an undo. */
  running: z.array(z.string()),
})

type Before = z.infer<typeof before>

const effect = z.object({ liftedByHostAt: z.string() })

const wholeGate = async (run: Run, stood: Before): Promise<boolean> => {
  const state = await run.do(gateState(stood))
  return (
    state.heldBy === run.id &&
    state.liftTimer &&
    state.dropIns.length === stood.backups.length + stood.services.length &&
    state.covered.length === stood.cron.length
  )
}

function planned(run: Run): Before {
  const { backups, cron } = run.answer(targetHostKey)
  return {
    run: run.id,
    who: run.operator,
    since: run.now().toISOString(),
    backups,
    services: run.host.services,
    cron,
    running: [],
  }
}

function locking(run: Run, { who, since }: Before): ShellCommand<string> {
  const { takesOver } = run.answer(targetHostKey)
  return takesOver === null ? takeLock(run.id, who, since) : takeLockOver(takesOver, run.id, who, since)
}

/** What closes the gates, the lock first. */
export const closing = (run: Run, stood = planned(run)): [ShellCommand<string>, ...ShellCommand<string>[]] => [
  locking(run, stood),
  closeGates(stood),
  // Where they serve already they go on until they are stopped: one that fails meanwhile may come back.
  ...(run.route !== 'ebs' && !run.began('stop-services') ? [allowStart(stood)] : []),
  liftGatesLater(stood, run.host.gate_hours),
]

/** The lock may have been taken by somebody else since the target was looked at. */
async function takeOrRefuse(run: Run, lock: ShellCommand<string>): Promise<void> {
  try {
    await run.do(lock)
  } catch (error) {
    const holder = error instanceof RemoteCommandError ? await run.do(lockHolder()) : undefined
    if (holder === undefined || holder.run === run.id) throw error
    throw new Refused(
      {
        code: 'host-locked',
        message: `${holder.who} is restoring this host since ${holder.since} (run ${holder.run})`,
        notChanged: ['nothing was changed on the host'],
      },
      error,
    )
  }
}

/** Everything that is gated, as it is named to the operator. */
export const gateNames = ({ backups, services, cron }: Before): string => [...backups, ...services, ...cron].join(', ')

/** Opens the gates again. Only then can the services start that ran before. */
const taking = (run: Run, stood: Before) => [
  liftGates(stood),
  ...(stood.running.length === 0 ? [] : [startUnits(stood.running)]),
  releaseLock(run.id),
]

/** Holds back what would harm the restore: backups, snapshot schedules, and the restored services themselves. */
export const gateAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'gate',
  version: 1,
  needs: ['review'],
  title: 'hold back backups and snapshot schedules',
  why: "A backup that runs in the middle writes half-restored data over today's good dump, and a snapshot schedule may expire the very snapshot that is needed. Timers are not stopped: a persistent timer that missed its time fires as soon as it is started again, right over the result. Their services are held back by a condition instead, so each elapsed time passes harmlessly. If nobody comes back, the host lifts these gates by itself. The restored services are gated too, until the data has been proven: a reboot in the middle must not start them on half of it.",
  danger: 'moderate',
  before,
  effect,
  holdsUntil: 'lift-gate',
  renews: true,
  commands: (run, stood) => closing(run, stood),
  async survey(run, previous) {
    const states = await run.do(unitStates(run.host.services))
    const running = previous?.running ?? states.filter((unit) => unit.active === 'active').map((unit) => unit.unit)
    return { ...planned(run), running }
  },
  async find(run, stood) {
    const state = await run.do(gateState(stood))
    if (state.heldBy !== null && state.heldBy !== run.id && state.heldBy !== run.answer(targetHostKey).takesOver)
      return { state: 'foreign', what: `the gates are held by run ${state.heldBy}` }
    return { state: 'absent' }
  },
  async perform(run, stood) {
    const [lock, ...gates] = closing(run, stood)
    await takeOrRefuse(run, lock)
    for (const command of gates) await run.do(command)
    await run.until(
      `a backup that is already running: ${stood.backups.join(', ')}`,
      async () => {
        const busy = (await run.do(unitStates(stood.backups))).some(
          (unit) => /^(active|activating)$/.test(unit.active) && unit.sub !== 'exited',
        )
        return busy ? undefined : true
      },
      { withinMs: 4 * 3_600_000 },
    )
    return { liftedByHostAt: new Date(run.now().getTime() + run.host.gate_hours * 3_600_000).toISOString() }
  },
  async verify(run, stood): Promise<Finding[]> {
    return (await wholeGate(run, stood))
      ? []
      : [{ level: 'error', message: 'the gates do not stand as they were made' }]
  },
  undo: {
    commands: (run, stood) => taking(run, stood),
    async perform(run, stood) {
      for (const command of taking(run, stood)) await run.do(command)
    },
  },
  resources: (run, stood) => [
    {
      kind: 'gate',
      id: gateNames(stood),
      region: null,
      host: run.host.name,
      state: 'closed',
      madeByUs: true,
    },
    { kind: 'lock', id: '/run/lifeboat/lock', region: null, host: run.host.name, state: 'taken', madeByUs: true },
  ],
}

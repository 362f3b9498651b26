import { z } from 'zod'
import {
  closeGates,
  gateState,
  liftGates,
  liftGatesLater,
  releaseLock,
  takeLock,
  type GateSet,
} from '../remote/linux/gate.ts'
import { snapshotCrontabLines, snapshotCronFiles } from '../remote/linux/schedules.ts'
import { listTimers, unitStates } from '../remote/linux/units.ts'
import { oneLine } from '../text/display.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  run: z.string(),
  who: z.string(),
  since: z.string(),
  backups: z.array(z.string()),
  services: z.array(z.string()),
  cron: z.array(z.string()),
})

type Before = z.infer<typeof before>

const effect = z.object({ liftedByHostAt: z.string() })

const looksLikeBackup = /backup|dump|borg|restic|duplicity|snapshot/i

async function warnOfOthers(run: Run, backups: readonly string[]): Promise<void> {
  for (const { timer, activates } of await run.do(listTimers())) {
    if (looksLikeBackup.test(activates) && !backups.includes(activates)) {
      run.finding(
        'warn',
        `${timer} starts ${activates}, which the config does not name under "backups": it is not held back`,
      )
    }
  }
  for (const line of await run.do(snapshotCrontabLines())) {
    run.finding('warn', `a user's own crontab is not held back: ${oneLine(line)}`)
  }
}

const wholeGate = async (run: Run, stood: Before): Promise<boolean> => {
  const state = await run.do(gateState(stood))
  return (
    state.heldBy === run.id &&
    state.liftTimer &&
    state.dropIns.length === stood.backups.length + stood.services.length &&
    state.covered.length === stood.cron.length
  )
}

function closing(run: Run, stood: Before | undefined) {
  const planned = { run: run.id, backups: run.host.backups, services: run.host.services, cron: run.host.cron }
  const gate: GateSet = stood ?? planned
  return [
    takeLock(run.id, stood?.who ?? run.operator, stood?.since ?? run.now().toISOString()),
    closeGates(gate),
    liftGatesLater(gate, run.host.gate_hours),
  ]
}

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
  commands: closing,
  async survey(run) {
    const known = await run.do(unitStates(run.host.backups))
    const missing = known.filter((unit) => unit.load === 'not-found').map((unit) => unit.unit)
    for (const unit of missing) run.finding('warn', `the host has no unit ${unit}, which the config names as a backup`)
    const backups = run.host.backups.filter((unit) => !missing.includes(unit))
    await warnOfOthers(run, backups)
    const cron = new Set([...run.host.cron, ...(await run.do(snapshotCronFiles()))])
    return {
      run: run.id,
      who: run.operator,
      since: run.now().toISOString(),
      backups,
      services: run.host.services,
      cron: [...cron],
    }
  },
  async find(run, stood) {
    const state = await run.do(gateState(stood))
    if (state.heldBy !== null && state.heldBy !== run.id)
      return { state: 'foreign', what: `the gates are held by run ${state.heldBy}` }
    return { state: 'absent' }
  },
  async perform(run, stood) {
    for (const command of closing(run, stood)) await run.do(command)
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
    commands: (run, stood) => [liftGates(stood), releaseLock(run.id)],
    async perform(run, stood) {
      await run.do(liftGates(stood))
      await run.do(releaseLock(run.id))
    },
  },
  resources: (run, stood) => [
    {
      kind: 'gate',
      id: [...stood.backups, ...stood.services, ...stood.cron].join(', '),
      region: null,
      host: run.host.name,
      state: 'closed',
      madeByUs: true,
    },
    { kind: 'lock', id: '/run/lifeboat/lock', region: null, host: run.host.name, state: 'taken', madeByUs: true },
  ],
}

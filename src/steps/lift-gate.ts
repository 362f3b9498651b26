import { z } from 'zod'
import { gateState, liftGates } from '../remote/linux/gate.ts'
import { importAtBoot } from '../remote/zfs/pool.ts'
import { gateAction, gateNames } from './gate.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'

const nothing = z.object({})

/** Before the services may start at boot, their pool must be imported at boot. One that was there before is as it was. */
const opening = (run: Run) => [
  ...(run.route !== 'ebs' ? [] : [importAtBoot(poolOf(run).pool)]),
  liftGates(run.before(gateAction)),
]

/** Opens every gate again: backups, snapshot schedules, and what would keep the services from starting at boot. */
export const liftGateAction: Action<Record<string, never>, Record<string, never>> = {
  kind: 'action',
  id: 'lift-gate',
  version: 1,
  needs: ['gate', 'prove'],
  title: 'let backups and snapshot schedules run again',
  why: 'The data has been proven, so it may be backed up again. The timers ran on all the while: each goes off at its next time, and none has a missed run to catch up with. Before that the pool is noted to be imported at boot: from here on a reboot must find the service on its data.',
  danger: 'low',
  before: nothing,
  effect: nothing,
  commands: (run) => opening(run),
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    for (const command of opening(run)) await run.do(command)
    return {}
  },
  async verify(run): Promise<Finding[]> {
    const state = await run.do(gateState(run.before(gateAction)))
    const left = [...state.dropIns, ...state.covered, ...(state.heldBy === null ? [] : ['/run/lifeboat/hold'])]
    return left.map((what) => ({ level: 'error', message: `a gate is still closed: ${what}` }))
  },
  resources: (run, _stood, lifted) =>
    lifted === undefined
      ? []
      : [
          {
            kind: 'gate',
            id: gateNames(run.before(gateAction)),
            region: null,
            host: run.host.name,
            state: 'gone',
            madeByUs: true,
          },
        ],
}

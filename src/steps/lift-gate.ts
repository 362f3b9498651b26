import { z } from 'zod'
import { gateState, liftGates } from '../remote/linux/gate.ts'
import { gateAction } from './gate.ts'
import type { Action, Finding } from './step.ts'

const nothing = z.object({})

/** Opens every gate again: backups, snapshot schedules, and what would keep the services from starting at boot. */
export const liftGateAction: Action<Record<string, never>, Record<string, never>> = {
  kind: 'action',
  id: 'lift-gate',
  version: 1,
  needs: ['gate', 'prove'],
  title: 'let backups and snapshot schedules run again',
  why: 'The data has been proven, so it may be backed up again. The timers ran on all the while: each goes off at its next time, and none has a missed run to catch up with.',
  danger: 'low',
  before: nothing,
  effect: nothing,
  commands: (run) => [liftGates(run.before(gateAction))],
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    await run.do(liftGates(run.before(gateAction)))
    return {}
  },
  async verify(run): Promise<Finding[]> {
    const state = await run.do(gateState(run.before(gateAction)))
    const left = [...state.dropIns, ...state.covered, ...(state.heldBy === null ? [] : ['/run/lifeboat/hold'])]
    return left.map((what) => ({ level: 'error', message: `a gate is still closed: ${what}` }))
  },
}

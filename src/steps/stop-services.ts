import { z } from 'zod'
import { forbidStart, gateState } from '../remote/linux/gate.ts'
import { stopUnits, unitStates } from '../remote/linux/units.ts'
import { Refused } from '../text/errors.ts'
import { gateAction } from './gate.ts'
import { otherCopy } from './other-copy.ts'
import type { Action, Finding, Run } from './step.ts'

const nothing = z.object({})

const stillUp = async (run: Run): Promise<string[]> =>
  (await run.do(unitStates(run.host.services)))
    .filter((unit) => !/^(inactive|failed)$/.test(unit.active))
    .map((unit) => unit.unit)

const stopping = (run: Run) => [
  ...(run.route !== 'ebs' ? [forbidStart()] : []),
  ...(run.host.services.length === 0 ? [] : [stopUnits(run.host.services)]),
]

/** Stops the services whose data is about to come back. */
export const stopServicesAction: Action<Record<string, never>, Record<string, never>> = {
  kind: 'action',
  id: 'stop-services',
  version: 1,
  needs: ['review-rollback'],
  title: 'stop the services',
  why: 'A service that still runs keeps files open below the mountpoints, writes to the root disk where its dataset is not mounted, and would go on with stale data in memory after the data below it has changed. ZFS rolls a busy dataset back without a word.',
  danger: 'moderate',
  before: nothing,
  effect: nothing,
  holdsUntil: 'start-services',
  renews: true,
  commands: stopping,
  async survey(run) {
    const other = await otherCopy(run)
    if (other !== undefined)
      throw new Refused({ code: 'other-disk', message: other, notChanged: ['no service was stopped'] })
    // The question before this may have stood open until the host lifted the gates by itself.
    const { heldBy } = await run.do(gateState(run.before(gateAction)))
    if (heldBy === run.id) return {}
    throw new Refused({
      code: 'gates-open',
      message: 'the host has opened the gates by itself since they were closed: backups and snapshot schedules may run',
      notChanged: ['no service was stopped, and the pool is still open read-only'],
      next: [{ why: 'close them again and go on', command: `lifeboat resume ${run.id}` }],
    })
  },
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    for (const command of stopping(run)) await run.do(command)
    await run.until('the services to end', async () => ((await stillUp(run)).length === 0 ? true : undefined))
    return {}
  },
  async verify(run): Promise<Finding[]> {
    return (await stillUp(run)).map((unit) => ({ level: 'error', message: `${unit} is running` }))
  },
}

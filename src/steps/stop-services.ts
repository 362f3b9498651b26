import { z } from 'zod'
import { startUnits, stopUnits, unitStates } from '../remote/linux/units.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  /** The services that ran, to be started again by an undo. */
  running: z.array(z.string()),
})

type Before = z.infer<typeof before>

const stillUp = async (run: Run): Promise<string[]> =>
  (await run.do(unitStates(run.host.services)))
    .filter((unit) => !/^(inactive|failed)$/.test(unit.active))
    .map((unit) => unit.unit)

const stopping = (run: Run) => (run.host.services.length === 0 ? [] : [stopUnits(run.host.services)])

/** Stops the services whose data is about to come back. */
export const stopServicesAction: Action<Before, Before> = {
  kind: 'action',
  id: 'stop-services',
  version: 1,
  needs: ['review-rollback'],
  title: 'stop the services',
  why: 'A service that still runs keeps files open below the mountpoints, writes to the root disk where its dataset is not mounted, and would go on with stale data in memory after the data below it has changed. ZFS rolls a busy dataset back without a word.',
  danger: 'moderate',
  before,
  effect: before,
  holdsUntil: 'start-services',
  renews: true,
  commands: stopping,
  survey: async (run) => ({ running: await stillUp(run) }),
  find: async () => ({ state: 'absent' }),
  async perform(run, stood) {
    for (const command of stopping(run)) await run.do(command)
    await run.until('the services to end', async () => ((await stillUp(run)).length === 0 ? true : undefined))
    return stood
  },
  async verify(run): Promise<Finding[]> {
    return (await stillUp(run)).map((unit) => ({ level: 'error', message: `${unit} is running` }))
  },
  undo: {
    commands: (_run, stood) => (stood.running.length === 0 ? [] : [startUnits(stood.running)]),
    async perform(run, stood) {
      if (stood.running.length > 0) await run.do(startUnits(stood.running))
    },
  },
}

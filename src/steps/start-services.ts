import { z } from 'zod'
import { allowStart, gateState, type GateSet } from '../remote/linux/gate.ts'
import { startUnits, stopUnits, unitStates } from '../remote/linux/units.ts'
import { gateAction } from './gate.ts'
import { leftAlone } from './other-copy.ts'
import type { Action, Finding, Run } from './step.ts'

const unitState = z.object({ unit: z.string(), invocation: z.string(), active: z.string() })
const before = z.object({ units: z.array(unitState) })
const effect = before.extend({ startedAt: z.string() })

type Before = z.infer<typeof before>

const states = async (run: Run): Promise<z.infer<typeof unitState>[]> =>
  (await run.do(unitStates(run.host.services))).map(({ unit: name, invocation, active }) => ({
    unit: name,
    invocation,
    active,
  }))

/** A unit that doesn't start is not this step's failure: the proof says so, with the evidence. */
const starting = (run: Run, gate: GateSet) => [
  allowStart(gate),
  ...(run.host.services.length === 0 ? [] : [{ ...startUnits(run.host.services), accepts: [0, 1, 3, 4, 5] }]),
]

/** Starts the services on the restored data. */
export const startServicesAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'start-services',
  version: 1,
  needs: ['gate', 'mount'],
  title: 'start the services',
  why: 'A unit that failed too often refuses to start until its failures are reset. From this moment on the services write: what was rolled back can no longer be told from what they did, so everything about the data was checked before.',
  danger: 'moderate',
  before,
  effect,
  holdsUntil: 'hand-over',
  commands: (run) => starting(run, run.before(gateAction)),
  survey: async (run) => ({ units: await states(run) }),
  async find(run, stood) {
    const now = await states(run)
    const started = now.every((each) => {
      const then = stood.units.find((one) => one.unit === each.unit)
      return each.active === 'active' && each.invocation !== then?.invocation
    })
    return started && now.length > 0
      ? { state: 'present', effect: { units: now, startedAt: run.now().toISOString() } }
      : { state: 'absent' }
  },
  async perform(run) {
    const startedAt = run.now().toISOString()
    for (const command of starting(run, run.before(gateAction))) await run.do(command)
    return { units: await states(run), startedAt }
  },
  renews: true,
  async verify(run) {
    // A reboot takes the permission away, and a gate that is closed again takes it from services that run.
    const { go, heldBy } = await run.do(gateState(run.before(gateAction)))
    return go || heldBy !== run.id ? [] : [{ level: 'error', message: 'the services are gated again' }]
  },
  // One that failed its proof is started anew: its cause may have been mended.
  async recheck(run, stood, started) {
    const down = (await states(run)).filter((each) => each.active !== 'active')
    const findings = down.map(({ unit, active }): Finding => ({ level: 'error', message: `${unit} is ${active}` }))
    return [...findings, ...(await this.verify(run, stood, started))]
  },
  undo: {
    commands: (run) => (run.host.services.length === 0 ? [] : [stopUnits(run.host.services)]),
    async perform(run) {
      if (await leftAlone(run, 'the services go on')) return
      if (run.host.services.length > 0) await run.do(stopUnits(run.host.services))
    },
  },
}

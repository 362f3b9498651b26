import { noteTrouble } from '../state/cloud-state.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'
import { checkStates, readInstances } from './change-power.ts'

/** Reboots instances, which stay `running` meanwhile. A terminated one is passed over in silence. */
export const rebootInstances: Action = {
  name: 'RebootInstances',
  parameters: ['InstanceId'],
  resource: 'instance',
  prepare(call) {
    const { state } = call
    const instances = readInstances(call)
    checkStates(instances, ['running', 'terminated'], 'rebooted')
    return () => {
      for (const { instanceId, state: now } of instances) {
        const host = now === 'running' ? state.hosts.get(instanceId) : undefined
        state.background.start(
          () => state.background.inTurn(instanceId, async () => host?.reboot?.()),
          (error) => noteTrouble(state, instanceId, error),
        )
      }
      return succeeded
    }
  },
}

import { checkCapacity } from '../capacity.ts'
import { beginStart } from '../power.ts'
import type { Action } from './action.ts'
import { changesShape, checkStates, readInstances } from './change-power.ts'

/** Starts stopped instances. Those that run are left as they are. */
export const startInstances: Action = {
  name: 'StartInstances',
  parameters: ['InstanceId'],
  resource: 'instance',
  prepare(call) {
    const { state } = call
    const instances = readInstances(call)
    checkStates(instances, ['stopped', 'pending', 'running'], 'started')
    const stopped = instances.filter((instance) => instance.state === 'stopped')
    return () => {
      for (const { availabilityZone, instanceType } of stopped) {
        checkCapacity(state.world, instanceType, availabilityZone)
      }
      for (const instance of stopped) beginStart(state, instance)
      return changesShape(instances, state)
    }
  },
}

import { beginStop } from '../power.ts'
import type { Action } from './action.ts'
import { changesShape, checkStates, readInstances } from './change-power.ts'

/** Stops running instances. Their volumes stay attached. */
export const stopInstances: Action = {
  name: 'StopInstances',
  parameters: ['Force', 'InstanceId', 'SkipOsShutdown'],
  resource: 'instance',
  prepare(call) {
    const instances = readInstances(call)
    checkStates(instances, ['running', 'stopping', 'stopped'], 'stopped')
    return () => {
      for (const instance of instances) if (instance.state === 'running') beginStop(call.state, instance)
      return changesShape(instances, call.state)
    }
  },
}

import { beginEnd } from '../power.ts'
import type { Action } from './action.ts'
import { changesShape, readInstances } from './change-power.ts'

/** Ends instances for ever. They stay listed as terminated. */
export const terminateInstances: Action = {
  name: 'TerminateInstances',
  parameters: ['Force', 'InstanceId', 'SkipOsShutdown'],
  resource: 'instance',
  prepare(call) {
    const instances = readInstances(call)
    return () => {
      for (const instance of instances) {
        if (instance.state !== 'terminated' && instance.state !== 'shutting-down') beginEnd(call.state, instance)
      }
      return changesShape(instances, call.state)
    }
  },
}

import { findInstance } from '../find.ts'
import { instant } from '../protocol/xml.ts'
import type { Action } from './action.ts'

const mostBytes = 64 * 1024

/** Shows the end of an instance's console, as its host has it or the world says. */
export const getConsoleOutput: Action = {
  name: 'GetConsoleOutput',
  parameters: ['InstanceId', 'Latest'],
  resource: 'instance',
  prepare({ parameters, state }) {
    const { consoleOutput, instanceId } = findInstance(state, parameters.required('InstanceId'))
    parameters.flag('Latest')
    return async () => {
      const text = (await state.hosts.get(instanceId)?.console?.()) ?? consoleOutput
      return {
        instanceId,
        timestamp: instant(state.now()),
        output: text === null ? undefined : Buffer.from(text).subarray(-mostBytes).toString('base64'),
      }
    }
  },
}

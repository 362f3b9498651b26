import { actions } from './actions/all.ts'
import type { Action } from './actions/action.ts'
import type { Fault } from './fault-rules.ts'
import { checkPermission } from './permissions.ts'
import type { Service } from './protocol/access.ts'
import { ApiError, missingParameter } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import type { XmlElements } from './protocol/xml.ts'
import type { CloudState } from './state/cloud-state.ts'

const common = new Set(['Action', 'Version', 'DryRun'])

/** The action that a request names, or the service's error for one that isn't covered. */
export function findAction(service: Service, parameters: Parameters): Action {
  const name = parameters.text('Action') ?? ''
  if (name === '') throw missingParameter('Action')
  const action = actions[service].get(name)
  if (action === undefined) {
    throw new ApiError('InvalidAction', `The action ${name} is not valid for this web service.`)
  }
  return action
}

/** A signed request, as far as it is understood. */
export interface Asked {
  readonly service: Service
  readonly action: Action
  readonly parameters: Parameters
  readonly requestId: string
  readonly fault: Fault | null
}

/** Checks and does what was asked. Throws ApiError, for a DryRun that would succeed too. */
export async function perform(asked: Asked, state: CloudState): Promise<XmlElements> {
  const { action, fault, parameters, requestId, service } = asked
  if (service !== 'sts') checkPermission(state.world, service, action, parameters)
  const unknown = parameters.names.find((name) => !common.has(name) && !action.parameters.includes(name))
  if (unknown !== undefined) throw new ApiError('UnknownParameter', `The parameter ${unknown} is not recognized`)
  const dryRun = parameters.flag('DryRun')
  const run = action.prepare({ action: action.name, parameters, state, requestId, fault })
  if (dryRun) {
    throw new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
  }
  return run()
}

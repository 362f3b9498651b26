import { actions } from './actions/all.ts'
import type { Action } from './actions/action.ts'
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

/** Checks and does what a signed request asks. Throws ApiError, for a DryRun that would succeed too. */
export function perform(
  service: Service,
  action: Action,
  parameters: Parameters,
  state: CloudState,
  requestId: string,
): XmlElements {
  if (service === 'ec2') checkPermission(state.world, action, parameters)
  const unknown = parameters.names.find((name) => !common.has(name) && !action.parameters.includes(name))
  if (unknown !== undefined) throw new ApiError('UnknownParameter', `The parameter ${unknown} is not recognized`)
  const dryRun = parameters.flag('DryRun')
  const run = action.prepare({ parameters, state, requestId })
  if (dryRun) {
    throw new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412)
  }
  return run()
}

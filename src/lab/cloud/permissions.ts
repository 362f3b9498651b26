import { callerArn } from './actions/get-caller-identity.ts'
import type { Action } from './actions/action.ts'
import { ApiError } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import type { CloudWorld } from './world.ts'

/** Throws the service's own denial where the world denies the action to its identity, for a DryRun too. */
export function checkPermission(
  world: CloudWorld,
  service: 'ec2' | 'iam',
  action: Action,
  parameters: Parameters,
): void {
  if (service === 'iam') return checkIam(world, action.name)
  if (denies(world, action.name)) throw unauthorized(world, action.name, action.resource)
  // Tags at birth are a permission of their own, and its lack fails the whole creation.
  if (parameters.structures('TagSpecification').length > 0 && denies(world, 'CreateTags')) {
    throw unauthorized(world, 'CreateTags', action.resource)
  }
}

// What lists has no resource but `*`, and IAM's own denial is called otherwise than EC2's.
function checkIam(world: CloudWorld, action: string): void {
  if (!denies(world, action, 'iam')) return
  const what = `is not authorized to perform: iam:${action} on resource: *`
  const why = `because no identity-based policy allows the iam:${action} action`
  throw new ApiError('AccessDenied', `User: ${callerArn(world)} ${what} ${why}`, 403)
}

function denies(world: CloudWorld, action: string, service = 'ec2'): boolean {
  const denied = world.denied ?? []
  return denied.includes(`${service}:${action}`) || denied.includes(`${service}:*`)
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. Actions without a resource
// name none and have no encoded message.
function unauthorized(world: CloudWorld, action: string, resource: Action['resource']): ApiError {
  const who = `You are not authorized to perform this operation. User: ${callerArn(world)}`
  const what = `is not authorized to perform: ec2:${action}`
  const why = `because no identity-based policy allows the ec2:${action} action`
  if (resource === null) return new ApiError('UnauthorizedOperation', `${who} ${what} ${why}`, 403)
  const arn = `arn:aws:ec2:${world.region}:${world.accountId}:${resource === '*' ? '*/*' : `${resource}/*`}`
  const encoded = Buffer.from(JSON.stringify({ allowed: false, action: `ec2:${action}`, arn })).toString('base64url')
  return new ApiError(
    'UnauthorizedOperation',
    `${who} ${what} on resource: ${arn} ${why}. Encoded authorization failure message: ${encoded}`,
    403,
  )
}

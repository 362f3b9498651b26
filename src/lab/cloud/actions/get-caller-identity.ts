import type { CloudWorld } from '../world.ts'
import type { Action } from './action.ts'

/** The ARN of the lab's one identity, an IAM user. */
export function callerArn(world: CloudWorld): string {
  return `arn:aws:iam::${world.accountId}:user/${world.userName ?? 'operator'}`
}

/** Says who signed the request. No policy can deny it. */
export const getCallerIdentity: Action = {
  name: 'GetCallerIdentity',
  parameters: [],
  resource: null,
  prepare: ({ state: { world } }) => {
    // A user's own id is as long as an access key and begins with AIDA.
    const userId = `AIDA${world.accountId}LABX`
    return () => ({ Arn: callerArn(world), UserId: userId, Account: world.accountId })
  },
}

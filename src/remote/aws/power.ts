// An instance's power.
import type { AwsCommand } from '../command.ts'
import { call } from './call.ts'

/** Asks the instance to reboot. One that has not shut down after some minutes is reset (EC2 API reference, RebootInstances). */
export const rebootInstances = (instanceId: string): AwsCommand<unknown> =>
  call('RebootInstances', { InstanceIds: [instanceId] }, false, (output) => output)

// What an instance has written to its console, as AWS keeps it: a way to it that nobody on the network can change.
import type { GetConsoleOutputCommandInput, GetConsoleOutputCommandOutput } from '@aws-sdk/client-ec2'
import type { AwsCommand } from '../command.ts'

/** The newest console output of an instance; empty while AWS has none (GetConsoleOutput; `Latest` is for Nitro types). */
export const consoleOutput = (instanceId: string): AwsCommand<string> => {
  const input: GetConsoleOutputCommandInput = { InstanceId: instanceId, Latest: true }
  return {
    kind: 'aws',
    service: 'ec2',
    action: 'GetConsoleOutput',
    input,
    reads: true,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's answer has the type of its action
    parse: (output) => Buffer.from((output as GetConsoleOutputCommandOutput).Output ?? '', 'base64').toString('utf8'),
  }
}

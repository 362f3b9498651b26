// The AWS SDK: which credentials and endpoints it uses, and the few calls of it that are made.
import * as ec2 from '@aws-sdk/client-ec2'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import { Bug } from '../../text/errors.ts'
import type { AwsCommand } from '../command.ts'
import type { AwsSettings } from './client.ts'

// Named one by one, so that a bundler keeps these and drops the other seven hundred.
const calls = {
  AttachVolume: ec2.AttachVolumeCommand,
  CreateTags: ec2.CreateTagsCommand,
  CreateVolume: ec2.CreateVolumeCommand,
  DeleteTags: ec2.DeleteTagsCommand,
  DeleteVolume: ec2.DeleteVolumeCommand,
  DescribeInstances: ec2.DescribeInstancesCommand,
  DescribeInstanceTypes: ec2.DescribeInstanceTypesCommand,
  DescribeSnapshots: ec2.DescribeSnapshotsCommand,
  DescribeVolumes: ec2.DescribeVolumesCommand,
  DetachVolume: ec2.DetachVolumeCommand,
}

const isCall = (action: string): action is keyof typeof calls => action in calls

export type Send = (command: AwsCommand<unknown>, signal?: AbortSignal) => Promise<unknown>

const given = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of just that key
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>

function credentialsOf({ credentialsFile, profile }: AwsSettings) {
  if (credentialsFile === undefined) return given('profile', profile)
  return { credentials: fromIni({ filepath: credentialsFile, ignoreCache: true, ...given('profile', profile) }) }
}

/** AWS's own clients for these settings. What is not set comes from AWS's own variables and files. */
export function loadSdk(settings: AwsSettings): Send {
  const common = { region: settings.region, ...credentialsOf(settings) }
  const ec2Client = new ec2.EC2Client({ ...common, ...given('endpoint', settings.ec2Endpoint) })
  const stsClient = new STSClient({ ...common, ...given('endpoint', settings.stsEndpoint) })
  return (command, signal) => {
    const options = signal === undefined ? {} : { abortSignal: signal }
    if (command.service === 'sts') return stsClient.send(new GetCallerIdentityCommand({}), options)
    if (!isCall(command.action)) throw new Bug(`no EC2 call ${command.action}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each takes the input that its builder made for it
    const Call = calls[command.action] as new (input: object) => InstanceType<typeof ec2.DescribeSnapshotsCommand>
    return ec2Client.send(new Call(command.input), options)
  }
}

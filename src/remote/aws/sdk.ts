// The AWS SDK but for S3: which credentials and endpoints it uses, and the few calls of it that are made.
import * as ec2 from '@aws-sdk/client-ec2'
import { IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { Bug } from '../../text/errors.ts'
import type { AwsSettings } from './client.ts'
import { credentialsOf, given, patience, watch, type Credentials, type Send } from './sdk-base.ts'

// Named one by one, so that a bundler keeps these and drops the other seven hundred.
const calls = {
  AttachVolume: ec2.AttachVolumeCommand,
  AuthorizeSecurityGroupIngress: ec2.AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroup: ec2.CreateSecurityGroupCommand,
  CreateSnapshot: ec2.CreateSnapshotCommand,
  CreateTags: ec2.CreateTagsCommand,
  CreateVolume: ec2.CreateVolumeCommand,
  DeleteSecurityGroup: ec2.DeleteSecurityGroupCommand,
  DeleteTags: ec2.DeleteTagsCommand,
  DeleteVolume: ec2.DeleteVolumeCommand,
  DescribeInstances: ec2.DescribeInstancesCommand,
  DescribeInstanceTypeOfferings: ec2.DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypes: ec2.DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersions: ec2.DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroups: ec2.DescribeSecurityGroupsCommand,
  DescribeSnapshots: ec2.DescribeSnapshotsCommand,
  DescribeSnapshotTierStatus: ec2.DescribeSnapshotTierStatusCommand,
  DescribeSubnets: ec2.DescribeSubnetsCommand,
  DescribeVolumes: ec2.DescribeVolumesCommand,
  DescribeVolumeStatus: ec2.DescribeVolumeStatusCommand,
  DetachVolume: ec2.DetachVolumeCommand,
  GetConsoleOutput: ec2.GetConsoleOutputCommand,
  RebootInstances: ec2.RebootInstancesCommand,
  RevokeSecurityGroupEgress: ec2.RevokeSecurityGroupEgressCommand,
  RunInstances: ec2.RunInstancesCommand,
  TerminateInstances: ec2.TerminateInstancesCommand,
}

const isCall = (action: string): action is keyof typeof calls => action in calls

/** What is asked for out of courtesy holds nobody up. */
const courtesy = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 3000, throwOnRequestTimeout: true },
}

export interface Sdk {
  readonly send: Send
  readonly credentials: Credentials
}

/** AWS's own clients for these settings. What is not set comes from AWS's own variables and files. */
export function loadSdk(settings: AwsSettings): Sdk {
  const common = { region: settings.region, ...credentialsOf(settings), ...patience }
  const ec2Client = new ec2.EC2Client({ ...common, ...given('endpoint', settings.ec2Endpoint) })
  const stsClient = new STSClient({ ...common, ...given('endpoint', settings.stsEndpoint) })
  // STS was asked before: credentials that took a log-in or a token to get are not got once more.
  const { credentials } = stsClient.config
  const iamClient = new IAMClient({ ...common, ...courtesy, credentials, ...given('endpoint', settings.iamEndpoint) })
  const send: Send = (command, seen, signal) => {
    const options = signal === undefined ? {} : { abortSignal: signal }
    if (command.service === 'sts') {
      const call = new GetCallerIdentityCommand({})
      watch('query', call.middlewareStack, seen)
      return stsClient.send(call, options)
    }
    // Nobody who answers in IAM's place does harm by it: no alias is found.
    if (command.service === 'iam') return iamClient.send(new ListAccountAliasesCommand({}), options)
    if (!isCall(command.action)) throw new Bug(`no EC2 call ${command.action}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each takes the input that its builder made for it
    const Call = calls[command.action] as new (input: object) => InstanceType<typeof ec2.DescribeSnapshotsCommand>
    const call = new Call(command.input)
    watch('query', call.middlewareStack, seen)
    return ec2Client.send(call, options)
  }
  return { send, credentials }
}

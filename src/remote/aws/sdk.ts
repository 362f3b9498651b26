// The AWS SDK: which credentials and endpoints it uses, and the few calls of it that are made.
import * as ec2 from '@aws-sdk/client-ec2'
import { IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import { Bug } from '../../text/errors.ts'
import type { AwsCommand } from '../command.ts'
import type { AwsSettings } from './client.ts'

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

/** Who answered a call, and whether that can be AWS: its APIs answer with XML, or at least give the request an id. */
export interface Answered {
  readonly host: string
  /** 0 while nobody has answered. */
  readonly status: number
  readonly contentType: string
  readonly fromAws: boolean
}

/** Sends one call. `seen` hears who is asked, and who answers, at each try. */
export type Send = (
  command: AwsCommand<unknown>,
  seen: (answered: Answered) => void,
  signal?: AbortSignal,
) => Promise<unknown>

type Stack = ec2.DescribeSnapshotsCommand['middlewareStack']

interface HttpAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
}

function answeredBy(host: string, { statusCode: status, headers }: HttpAnswer): Answered {
  const contentType = headers['content-type'] ?? ''
  const hasId = headers['x-amzn-requestid'] !== undefined || headers['x-amz-request-id'] !== undefined
  const fromAws = contentType === '' ? hasId : /^(text|application)\/xml\b/i.test(contentType)
  return { host, status, contentType, fromAws }
}

/**
 * Looks at each answer before it is read: a well-formed web page of a portal would else be read as an empty listing.
 * A server's 5xx is left to the SDK, which tries again.
 */
function watch(stack: Stack, seen: (answered: Answered) => void): void {
  stack.add(
    (next) => async (args) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's own HTTP messages
      const { hostname: host } = args.request as { readonly hostname: string }
      seen({ host, status: 0, contentType: '', fromAws: true })
      const result = await next(args)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      const answered = answeredBy(host, result.response as HttpAnswer)
      seen(answered)
      if (answered.fromAws || answered.status >= 500) return result
      throw Object.assign(new Error('not an answer of AWS'), { $metadata: { httpStatusCode: answered.status } })
    },
    { step: 'deserialize', priority: 'low' },
  )
}

const given = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of just that key
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>

function credentialsOf({ credentialsFile, profile }: AwsSettings) {
  if (credentialsFile === undefined) return given('profile', profile)
  return { credentials: fromIni({ filepath: credentialsFile, ignoreCache: true, ...given('profile', profile) }) }
}

/**
 * Eight tries take a minute or so under throttling, and seconds where nobody listens. A request that hangs is as good as
 * lost: every call of ours may be made again.
 */
const patience = {
  maxAttempts: 8,
  requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
}

/** What is asked for out of courtesy holds nobody up. */
const courtesy = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 3000, throwOnRequestTimeout: true },
}

/** AWS's own clients for these settings. What is not set comes from AWS's own variables and files. */
export function loadSdk(settings: AwsSettings): Send {
  const common = { region: settings.region, ...credentialsOf(settings), ...patience }
  const ec2Client = new ec2.EC2Client({ ...common, ...given('endpoint', settings.ec2Endpoint) })
  const stsClient = new STSClient({ ...common, ...given('endpoint', settings.stsEndpoint) })
  // STS was asked before: credentials that took a log-in or a token to get are not got once more.
  const { credentials } = stsClient.config
  const iamClient = new IAMClient({ ...common, ...courtesy, credentials, ...given('endpoint', settings.iamEndpoint) })
  return (command, seen, signal) => {
    const options = signal === undefined ? {} : { abortSignal: signal }
    if (command.service === 'sts') {
      const call = new GetCallerIdentityCommand({})
      watch(call.middlewareStack, seen)
      return stsClient.send(call, options)
    }
    // Nobody who answers in IAM's place does harm by it: no alias is found.
    if (command.service === 'iam') return iamClient.send(new ListAccountAliasesCommand({}), options)
    if (!isCall(command.action)) throw new Bug(`no EC2 call ${command.action}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each takes the input that its builder made for it
    const Call = calls[command.action] as new (input: object) => InstanceType<typeof ec2.DescribeSnapshotsCommand>
    const call = new Call(command.input)
    watch(call.middlewareStack, seen)
    return ec2Client.send(call, options)
  }
}

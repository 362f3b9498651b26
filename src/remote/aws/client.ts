// The one place that talks to AWS. The SDK is loaded at the first call: it costs more than the rest of the program.
import { AwsError, Bug, PreflightError } from '../../text/errors.ts'
import type { AwsCommand } from '../command.ts'

export interface AwsSettings {
  readonly region: string
  readonly profile?: string | undefined
  readonly credentialsFile?: string | undefined
  readonly ec2Endpoint?: string | undefined
  readonly stsEndpoint?: string | undefined
}

export interface Aws {
  send<T>(command: AwsCommand<T>, signal?: AbortSignal): Promise<T>
}

interface SdkFailure {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly requestId?: string; readonly httpStatusCode?: number }
}

const isFailure = (error: unknown): error is SdkFailure =>
  typeof error === 'object' && error !== null && 'name' in error && 'message' in error

/** "… is not authorized to perform: ec2:CreateVolume on resource …": the action that the identity lacks. */
const lacking = (action: string, failure: SdkFailure): string | null =>
  failure.name === 'UnauthorizedOperation' || failure.name === 'AccessDenied'
    ? (/not authorized to perform: ([\w-]+:\w+)/.exec(failure.message)?.[1] ?? `ec2:${action}`)
    : null

/** What the SDK throws, as one of ours. The encoded message that AWS adds to a denial is no use to a reader. */
export function translate(action: string, error: unknown): unknown {
  if (!isFailure(error) || error.name === 'AbortError') return error
  if (error.name === 'CredentialsProviderError') {
    return new PreflightError(
      {
        code: 'no-credentials',
        message: 'there are no AWS credentials',
        next: [{ why: 'see which credentials AWS would use', command: 'aws configure list' }],
      },
      error,
    )
  }
  if (error.$metadata?.httpStatusCode === undefined) {
    return new AwsError(
      { action, code: 'endpoint-unreachable', message: error.message, requestId: null, missingPermission: null },
      error,
    )
  }
  const message = error.message.replace(/ Encoded authorization failure message:.*$/s, '')
  const requestId = error.$metadata.requestId ?? null
  return new AwsError(
    { action, code: error.name, message, requestId, missingPermission: lacking(action, error) },
    error,
  )
}

async function load(settings: AwsSettings) {
  const [ec2, sts, credentials] = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-sts'),
    import('@aws-sdk/credential-providers'),
  ])
  const common = {
    region: settings.region,
    ...(settings.credentialsFile === undefined
      ? settings.profile === undefined
        ? {}
        : { profile: settings.profile }
      : {
          credentials: credentials.fromIni({
            filepath: settings.credentialsFile,
            ignoreCache: true,
            ...(settings.profile === undefined ? {} : { profile: settings.profile }),
          }),
        }),
  }
  const endpoint = (url: string | undefined): { endpoint?: string } => (url === undefined ? {} : { endpoint: url })
  const ec2Client = new ec2.EC2Client({ ...common, ...endpoint(settings.ec2Endpoint) })
  const stsClient = new sts.STSClient({ ...common, ...endpoint(settings.stsEndpoint) })

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
    DescribeVolumeStatus: ec2.DescribeVolumeStatusCommand,
    DetachVolume: ec2.DetachVolumeCommand,
  }
  const isCall = (action: string): action is keyof typeof calls => action in calls

  return async (command: AwsCommand<unknown>, signal?: AbortSignal): Promise<unknown> => {
    const options = signal === undefined ? {} : { abortSignal: signal }
    if (command.service === 'sts') return stsClient.send(new sts.GetCallerIdentityCommand({}), options)
    if (!isCall(command.action)) throw new Bug(`no EC2 call ${command.action}`)
    const Call = calls[command.action] as new (input: object) => InstanceType<typeof ec2.DescribeSnapshotsCommand>
    return ec2Client.send(new Call(command.input), options)
  }
}

type Page = { NextToken?: string } & Record<string, unknown>

/** Two pages of a listing as one: each list of the later is added to the same list of the earlier. */
const joined = (earlier: Page, later: Page): Page =>
  Object.fromEntries(
    Object.entries(later).map(([key, value]) => {
      const before = earlier[key]
      return [key, Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value]
    }),
  )

/**
 * AWS with one set of credentials. Listings that ask for pages (`MaxResults`) are followed to their end.
 * Throttling and 5xx are retried by the SDK.
 * @throws AwsError, PreflightError (no credentials)
 */
export function connectAws(settings: AwsSettings): Aws {
  let loading: ReturnType<typeof load> | undefined
  return {
    async send(command, signal) {
      try {
        loading ??= load(settings)
        const send = await loading
        let output = (await send(command, signal)) as Page
        while ('MaxResults' in command.input && output.NextToken !== undefined && output.NextToken !== '') {
          const input = { ...command.input, NextToken: output.NextToken }
          output = joined({ ...output, NextToken: '' }, (await send({ ...command, input }, signal)) as Page)
        }
        return command.parse(output)
      } catch (error) {
        throw translate(command.action, error)
      }
    },
  }
}

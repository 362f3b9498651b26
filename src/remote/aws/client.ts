// AWS as commands see it: paged listings whole, errors as ours. The SDK is loaded at the first call: it costs more than
// the rest of the program.
import { z } from 'zod'
import { AwsError, Bug, LifeboatError, PreflightError } from '../../text/errors.ts'
import type { AwsCommand } from '../command.ts'
import type { Send } from './sdk.ts'

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
  if (!isFailure(error) || error.name === 'AbortError' || error instanceof LifeboatError) return error
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

const page = z.looseObject({ NextToken: z.string().optional() })

type Page = z.infer<typeof page>

/** Two pages of a listing as one: each list of the later is added to the same list of the earlier. A page may be empty. */
const joined = (earlier: Page, later: Page): Page =>
  page.parse({
    ...earlier,
    ...Object.fromEntries(
      Object.entries(later).map(([key, value]) => {
        const before = earlier[key]
        return [
          key,
          Array.isArray(value) && Array.isArray(before)
            ? [...(before as unknown[]), ...(value as unknown[])]
            : (value ?? before),
        ]
      }),
    ),
  })

async function allPages(send: Send, command: AwsCommand<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  let output = page.parse(await send(command, signal))
  if (!('MaxResults' in command.input)) return output
  while (output.NextToken !== undefined && output.NextToken !== '') {
    const input = { ...command.input, NextToken: output.NextToken }
    output = joined({ ...output, NextToken: '' }, page.parse(await send({ ...command, input }, signal)))
  }
  return output
}

function read<T>(command: AwsCommand<T>, output: unknown): T {
  try {
    return command.parse(output)
  } catch (error) {
    throw new Bug(
      `the answer to ${command.action} can't be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
}

/**
 * AWS with one set of credentials. Listings that ask for pages (`MaxResults`) are followed to their end.
 * Throttling and 5xx are retried by the SDK.
 * @throws AwsError, PreflightError (no credentials)
 */
export function connectAws(settings: AwsSettings): Aws {
  let loading: Promise<Send> | undefined
  return {
    async send(command, signal) {
      try {
        loading ??= import('./sdk.ts').then((sdk) => sdk.loadSdk(settings))
        return read(command, await allPages(await loading, command, signal))
      } catch (error) {
        throw translate(command.action, error)
      }
    },
  }
}

// What the clients of all AWS services share: credentials, patience, and a look at who answers.
import type { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import type { AwsCommand } from '../command.ts'
import type { AwsSettings } from './client.ts'

/** Who answered a call, and whether that can be AWS. */
export interface Answered {
  readonly host: string
  /** 0 while nobody has answered. */
  readonly status: number
  readonly contentType: string
  readonly fromAws: boolean
  /** Where the bucket is that was asked for: S3 says it also where it refuses, or is asked elsewhere. */
  readonly bucketRegion: string | undefined
}

/** Sends one call. `seen` hears who is asked, and who answers, at each try. */
export type Send = (
  command: AwsCommand<unknown>,
  seen: (answered: Answered) => void,
  signal?: AbortSignal,
) => Promise<unknown>

/** Credentials that were got once, for the clients of all services. */
export type Credentials = STSClient['config']['credentials']

type Stack = GetCallerIdentityCommand['middlewareStack']

interface HttpAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
}

/** The query APIs answer with XML, or at least give the request an id; S3's content is of any type, and always has one. */
function answeredBy(service: 's3' | 'query', host: string, { statusCode: status, headers }: HttpAnswer): Answered {
  const contentType = headers['content-type'] ?? ''
  const hasId = headers['x-amzn-requestid'] !== undefined || headers['x-amz-request-id'] !== undefined
  const isXml = /^(text|application)\/xml\b/i.test(contentType)
  const fromAws = service === 's3' || contentType === '' ? hasId : isXml
  return { host, status, contentType, fromAws, bucketRegion: headers['x-amz-bucket-region'] }
}

/**
 * Looks at each answer before it is read: a well-formed web page of a portal would else be read as an empty listing.
 * A server's 5xx is left to the SDK, which tries again.
 */
export function watch(service: 's3' | 'query', stack: Stack, seen: (answered: Answered) => void): void {
  stack.add(
    (next) => async (args) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK's own HTTP messages
      const { hostname: host } = args.request as { readonly hostname: string }
      seen({ host, status: 0, contentType: '', fromAws: true, bucketRegion: undefined })
      const result = await next(args)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      const answered = answeredBy(service, host, result.response as HttpAnswer)
      seen(answered)
      if (answered.fromAws || answered.status >= 500) return result
      throw Object.assign(new Error('not an answer of AWS'), { $metadata: { httpStatusCode: answered.status } })
    },
    { step: 'deserialize', priority: 'low' },
  )
}

export const given = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of just that key
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, V>>

export function credentialsOf({ credentialsFile, profile }: AwsSettings) {
  if (credentialsFile === undefined) return given('profile', profile)
  return { credentials: fromIni({ filepath: credentialsFile, ignoreCache: true, ...given('profile', profile) }) }
}

/**
 * Eight tries take a minute or so under throttling, and seconds where nobody listens. A request that hangs is as good as
 * lost: every call of ours may be made again.
 */
export const patience = {
  maxAttempts: 8,
  requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
}

// What AWS, its SDK or something between says when a call fails, as an error that the operator can act on.
import { AwsError, LifeboatError, PreflightError, type Next } from '../../text/errors.ts'
import type { AwsCommand } from '../command.ts'
import { noReason, s3Failure } from './s3-failure.ts'
import type { Answered } from './sdk-base.ts'

interface SdkFailure {
  readonly name: string
  readonly message: string
  readonly code?: string
  /** Set by the SDK on every error that AWS itself answered with. */
  readonly $fault?: string
  readonly $metadata?: {
    readonly requestId?: string
    readonly httpStatusCode?: number
    readonly attempts?: number
  }
}

/** What is known of a call besides its error. */
export interface Call {
  readonly action: string
  readonly service?: AwsCommand<unknown>['service']
  readonly profile?: string | undefined
  readonly answered?: Answered
}

const isFailure = (error: unknown): error is SdkFailure =>
  typeof error === 'object' && error !== null && 'name' in error && 'message' in error

/** What was said of it. S3s that are not AWS's leave most of their errors without words: the SDK calls them unknown then. */
const reasonOf = ({ message }: SdkFailure): string => (message === 'UnknownError' ? noReason : message)

/** "… is not authorized to perform: ec2:CreateVolume on resource …": the action that the identity lacks. */
const lacking = (action: string, failure: SdkFailure): string | null =>
  failure.name === 'UnauthorizedOperation' || failure.name === 'AccessDenied'
    ? (/not authorized to perform: ([\w-]+:\w+)/.exec(failure.message)?.[1] ?? `ec2:${action}`)
    : null

const resumable = 'nothing is lost by it; a run that was begun can be resumed'

const aws = (words: string, { profile }: Call): string =>
  profile === undefined ? `aws ${words}` : `aws ${words} --profile ${profile}`

function preflight(code: string, message: string, next: readonly Next[], cause: unknown): PreflightError {
  return new PreflightError({ code, message, next }, cause)
}

const identity = (call: Call): Next => ({
  why: 'see who AWS takes you for',
  command: aws('sts get-caller-identity', call),
})

function withoutCredentials(call: Call, error: SdkFailure): PreflightError {
  // The SDK's own words are the only sign that the profile is one of SSO and that its login is over.
  if (/sso|expired|reauthenticate/i.test(error.message) && !/required parameter/i.test(error.message)) {
    const login = /sso/i.test(error.message) ? 'sso login' : 'login'
    return preflight(
      'credentials-expired',
      `the AWS login has expired: log in again; ${resumable}`,
      [{ why: 'log in again', command: aws(login, call) }],
      error,
    )
  }
  const next = { why: 'see which credentials AWS would use', command: aws('configure list', call) }
  return preflight('no-credentials', `there are no AWS credentials (${error.message.split('\n')[0]})`, [next], error)
}

const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired'])
const refused = new Set([
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  // S3's own names (Amazon S3 API reference, "Error responses").
  'InvalidAccessKeyId',
  'InvalidToken',
])
const skewed = new Set(['RequestTimeTooSkewed', 'RequestInTheFuture'])

/** Errors about who asks rather than what is asked (EC2's and STS's common errors in their API references). */
function aboutIdentity(call: Call, error: SdkFailure): PreflightError | undefined {
  const { name, message } = error
  // The SDK corrects a wrong clock by AWS's own Date; what is left is a clock that can't be corrected.
  if (skewed.has(name) || (name === 'SignatureDoesNotMatch' && /not yet current|expired/i.test(message))) {
    const next = [{ why: 'set the clock', command: 'sudo timedatectl set-ntp true' }]
    return preflight(
      'clock-wrong',
      `this machine's clock is wrong, so AWS refuses its signatures: ${reasonOf(error)}`,
      next,
      error,
    )
  }
  if (expired.has(name)) {
    const said = `the AWS credentials have expired (${name}): renew them; ${resumable}`
    return preflight('credentials-expired', said, [identity(call)], error)
  }
  if (refused.has(name) || (name === 'AuthFailure' && /credential/i.test(message)))
    return preflight(
      'credentials-refused',
      `AWS refuses the credentials (${name}): ${reasonOf(error)}`,
      [identity(call)],
      error,
    )
  return undefined
}

/** A proxy, a portal or a firewall answered, or something broke AWS's own answer. */
function notFromAws(error: SdkFailure, { host, contentType, status }: Answered): PreflightError {
  const what = /html/i.test(contentType) ? 'a web page' : contentType === '' ? 'something unreadable' : contentType
  return preflight(
    'not-aws',
    `something between here and AWS (${host}) answered with ${what}, HTTP ${status}, and not AWS: a proxy, a portal or a firewall? ${resumable}`,
    [{ why: 'see what answers', command: `curl -sv https://${host}/ -o /dev/null` }],
    error,
  )
}

const throttling =
  /^(RequestLimitExceeded|SlowDown|Throttling|ThrottlingException|TooManyRequestsException|EC2ThrottledException)$/

/** What to add where AWS can't serve anybody just now. */
function passing({ name, $metadata }: SdkFailure): string {
  const status = $metadata?.httpStatusCode ?? 0
  const times = `also after ${$metadata?.attempts ?? 1} tries; ${resumable} in a few minutes`
  if (throttling.test(name)) return ` (AWS is throttling this account's calls, ${times})`
  // 501 is an answer: it does not do that, and will not in a few minutes.
  return status >= 500 && status !== 501 ? ` (AWS itself is in trouble, ${times})` : ''
}

function unreachable(call: Call, error: SdkFailure): AwsError {
  const host = call.answered?.host
  const where = host === undefined ? '' : `${host} can't be reached: `
  const hint =
    error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN'
      ? ' (its name is not known here: no network, or a wrong region?)'
      : ''
  return new AwsError(
    {
      action: call.action,
      code: 'endpoint-unreachable',
      message: `${where}${error.message}${hint}; ${resumable}`,
      requestId: null,
      missingPermission: null,
    },
    error,
  )
}

/** What the SDK throws, as one of ours. The encoded message that AWS adds to a denial is no use to a reader. */
export function translate(call: Call, error: unknown): unknown {
  if (!isFailure(error) || error.name === 'AbortError' || error instanceof LifeboatError) return error
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError')
    return withoutCredentials(call, error)
  if (error.$metadata?.httpStatusCode === undefined) return unreachable(call, error)
  const { answered } = call
  if (answered !== undefined && (!answered.fromAws || error.$fault === undefined)) return notFromAws(error, answered)
  const about = aboutIdentity(call, error)
  if (about !== undefined) return about
  const message = reasonOf(error).replace(/ Encoded authorization failure message:.*$/s, '')
  const requestId = error.$metadata.requestId ?? null
  if (call.service === 's3') {
    const said = s3Failure(call.action, { ...error, name: error.name, message }, error.$metadata.httpStatusCode)
    return new AwsError({ action: call.action, ...said, message: `${said.message}${passing(error)}`, requestId }, error)
  }
  const missingPermission = lacking(call.action, error)
  return new AwsError(
    { action: call.action, code: error.name, message: `${message}${passing(error)}`, requestId, missingPermission },
    error,
  )
}

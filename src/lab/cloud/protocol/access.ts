import { expiredCredentials } from '../known-errors.ts'
import { ApiError } from './api-error.ts'
import { readAuthorization, signatureMatches } from './sigv4.ts'
import type { SignedRequest } from './sigv4.ts'

export type Service = 'ec2' | 'iam' | 'sts'

/** The one identity that a lab's cloud knows. */
export interface Identity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  /** With one, the key is a temporary one. */
  readonly sessionToken?: string
  readonly credentialsExpireAt?: string | null
}

type Refusal =
  | {
      readonly why: 'missing' | 'malformed' | 'unknown-key' | 'wrong-region' | 'wrong-service' | 'mismatch' | 'expired'
    }
  | { readonly why: 'too-old' | 'too-new'; readonly signedAt: Date }

/** How far a client's clock may be off. */
// "more than 15 minutes after the date stamp": https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html
export const skewMs = 15 * 60_000

/** Throws the service's own error unless the request is signed by the identity, for this region, service and time. */
export function checkAccess(request: SignedRequest, service: Service, identity: Identity, now: Date): void {
  const refusal = refuse(request, service, identity, now)
  if (refusal !== null) throw service === 'ec2' ? asEc2(refusal) : asQuery(refusal, service, now)
}

function refuse(request: SignedRequest, service: Service, identity: Identity, now: Date): Refusal | null {
  const header = request.headers['authorization']
  if (typeof header !== 'string') return { why: 'missing' }
  const authorization = readAuthorization(header)
  const signedAt = readDate(request.headers['x-amz-date'])
  if (authorization === null || signedAt === null || !authorization.signedHeaders.includes('host')) {
    return { why: 'malformed' }
  }
  if (authorization.accessKeyId !== identity.accessKeyId) return { why: 'unknown-key' }
  // A session token belongs to temporary keys, and they to it.
  if (request.headers['x-amz-security-token'] !== identity.sessionToken) return { why: 'unknown-key' }
  // IAM and STS's global endpoint are signed for us-east-1, whatever the region of the caller.
  const regions = service !== 'ec2' ? [identity.region, 'us-east-1'] : [identity.region]
  if (!regions.includes(authorization.region)) return { why: 'wrong-region' }
  if (authorization.service !== service) return { why: 'wrong-service' }
  if (!signatureMatches(request, authorization, identity.secretAccessKey)) return { why: 'mismatch' }
  if (signedAt.getTime() < now.getTime() - skewMs) return { why: 'too-old', signedAt }
  if (signedAt.getTime() > now.getTime() + skewMs) return { why: 'too-new', signedAt }
  if (authorization.day !== compact(signedAt).slice(0, 8)) return { why: 'mismatch' }
  const { credentialsExpireAt: end = null } = identity
  return end !== null && Date.parse(end) <= now.getTime() ? { why: 'expired' } : null
}

// EC2 tells nobody what about the credentials was wrong: key, secret, scope and region all end in AuthFailure, 401.
function asEc2({ why }: Refusal): ApiError {
  if (why === 'missing') return missing()
  if (why === 'malformed') return incomplete()
  if (why === 'expired') return expiredCredentials('ec2')
  if (why === 'too-old' || why === 'too-new') return new ApiError('RequestExpired', 'Request has expired.')
  return new ApiError('AuthFailure', 'AWS was not able to validate the provided access credentials', 401)
}

// IAM and STS tell all of it, most under one code.
function asQuery(refusal: Refusal, service: 'iam' | 'sts', now: Date): ApiError {
  const { why } = refusal
  if (why === 'missing') return missing()
  if (why === 'malformed') return incomplete()
  if (why === 'expired') return expiredCredentials(service)
  if (why === 'unknown-key') {
    return new ApiError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403)
  }
  if (why === 'too-old') {
    const edge = compact(new Date(now.getTime() - skewMs))
    return doesNotMatch(
      `Signature expired: ${compact(refusal.signedAt)} is now earlier than ${edge} (${compact(now)} - 15 min.)`,
    )
  }
  if (why === 'too-new') {
    const edge = compact(new Date(now.getTime() + skewMs))
    return doesNotMatch(
      `Signature not yet current: ${compact(refusal.signedAt)} is still later than ${edge} (${compact(now)} + 15 min.)`,
    )
  }
  if (why === 'wrong-service') return doesNotMatch(`Credential should be scoped to correct service: '${service}'.`)
  return doesNotMatch(mismatches[why])
}

const mismatches = {
  'wrong-region': 'Credential should be scoped to a valid region.',
  mismatch:
    'The request signature we calculated does not match the signature you provided. ' +
    'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
}

function missing(): ApiError {
  return new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
}

function incomplete(): ApiError {
  return new ApiError('IncompleteSignature', 'The request signature does not conform to AWS standards.')
}

function doesNotMatch(message: string): ApiError {
  return new ApiError('SignatureDoesNotMatch', message, 403)
}

export function readDate(header: string | readonly string[] | undefined): Date | null {
  const found = typeof header === 'string' ? /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(header) : null
  if (found === null) return null
  const [, year, month, day, hour, minute, second] = found
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? null : date
}

function compact(date: Date): string {
  return date.toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

import { readDate, skewMs } from '../../protocol/access.ts'
import { readAuthorization } from '../../protocol/sigv4.ts'
import { S3Error } from '../protocol/s3-error.ts'
import { single, wholeSeconds } from './given.ts'
import type { Given, Unverified } from './given.ts'

const names = ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires'].map(
  (name) => `X-Amz-${name}`,
)
const longestSeconds = 7 * 86_400

/** The signature of a presigned URL, whose time is not over. @throws S3Error AuthorizationQueryParametersError, AccessDenied */
export function readPresigned(request: Unverified, now: Date): Given {
  const { query } = request
  if (names.some((name) => !query.has(name))) {
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
        'X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    )
  }
  const [algorithm, credential, signature, date, signedHeaders, expires] = names.map((name) => query.get(name) ?? '')
  if (algorithm !== 'AWS4-HMAC-SHA256') throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
  // A signature of another form is no more than one that doesn't match.
  const scope = readAuthorization(
    `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${'0'.repeat(64)}`,
  )
  if (scope === null) {
    throw malformed(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting ' +
        '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    )
  }
  const at = readDate(date)
  if (date === undefined || at === null) {
    throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  }
  checkTime(at, secondsOf(expires ?? ''), now)
  return {
    authorization: { ...scope, signature: signature ?? '' },
    date,
    token: query.get('X-Amz-Security-Token'),
    payloadHash: query.get('X-Amz-Content-Sha256') ?? single(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    presigned: true,
  }
}

function secondsOf(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw malformed('X-Amz-Expires should be a number')
  const seconds = Number(text)
  if (seconds < 0) throw malformed('X-Amz-Expires must be non-negative')
  if (seconds > longestSeconds) {
    throw malformed(`X-Amz-Expires must be less than a week (in seconds); that is ${longestSeconds}`)
  }
  return seconds
}

function checkTime(at: Date, seconds: number, now: Date): void {
  const ServerTime = wholeSeconds(now)
  const end = new Date(at.getTime() + seconds * 1000)
  if (now > end) {
    const details = { 'X-Amz-Expires': seconds, Expires: wholeSeconds(end), ServerTime }
    throw new S3Error('AccessDenied', { message: 'Request has expired', details })
  }
  if (at.getTime() > now.getTime() + skewMs) {
    const details = { 'X-Amz-Date': wholeSeconds(at), ServerTime }
    throw new S3Error('AccessDenied', { message: 'Request is not yet valid', details })
  }
}

function malformed(message: string): S3Error {
  return new S3Error('AuthorizationQueryParametersError', { message })
}

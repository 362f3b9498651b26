import { readDate, skewMs } from '../../protocol/access.ts'
import { canonicalRequest, encodedPath, readAuthorization, sameSignature } from '../../protocol/sigv4.ts'
import { signed, signingKey, stringToSign } from '../../protocol/sigv4.ts'
import type { CloudWorld } from '../../world.ts'
import { S3Error } from '../protocol/s3-error.ts'
import { payloadForm } from '../protocol/payload-form.ts'
import type { PayloadForm } from '../protocol/payload-form.ts'
import { single, wholeSeconds } from './given.ts'
import type { Given, Unverified } from './given.ts'
import { readPresigned } from './presigned.ts'

/** Who asks, and for what region; an unsigned request is by nobody and for none. */
export interface Caller {
  readonly isKnown: boolean
  readonly region: string | null
  readonly payload: PayloadForm
}

const regionForm = /^[a-z]{2}(?:-[a-z]+)+-\d$/

/** Tells who asks. @throws S3Error for a signature that is wrong, too old, or not the identity's */
export function readCaller(request: Unverified, world: CloudWorld, now: Date): Caller {
  const given = readGiven(request, now)
  if (given === null) {
    return {
      isKnown: false,
      region: null,
      payload: payloadForm(single(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD', null),
    }
  }
  checkScope(given, world)
  checkSkew(given, now)
  checkKey(given, world)
  checkHeaders(request, given)
  const { authorization, date, payloadHash, presigned } = given
  const key = signingKey(authorization, world.secretAccessKey)
  const form = {
    path: encodedPath(request.path),
    payloadHash,
    ...(presigned ? { leftOut: 'X-Amz-Signature' } : {}),
  }
  const canonical = canonicalRequest(request, authorization.signedHeaders, form)
  const text = stringToSign(authorization, date, canonical)
  if (!sameSignature(signed(key, text), authorization.signature)) throw mismatch(given, text, canonical)
  const { credentialsExpireAt: end = null } = world
  if (end !== null && Date.parse(end) <= now.getTime()) throw new S3Error('ExpiredToken')
  const signing = { key, date, scope: authorization, seed: authorization.signature }
  return { isKnown: true, region: authorization.region, payload: payloadForm(payloadHash, signing) }
}

function readGiven(request: Unverified, now: Date): Given | null {
  const header = single(request, 'authorization')
  const { query } = request
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature') || query.has('X-Amz-Credential')) {
    if (header !== undefined) throw twice(header)
    return readPresigned(request, now)
  }
  if (query.has('Signature') && query.has('AWSAccessKeyId')) throw unsupported()
  if (header === undefined) return null
  if (!header.startsWith('AWS4-HMAC-SHA256')) {
    if (/^AWS[ 4]/.test(header)) throw unsupported()
    throw new S3Error('InvalidArgument', {
      message: 'Unsupported Authorization Type',
      details: { ArgumentName: 'Authorization', ArgumentValue: header },
    })
  }
  const authorization = readAuthorization(header)
  if (authorization === null) throw new S3Error('AuthorizationHeaderMalformed')
  const date = single(request, 'x-amz-date') ?? ''
  if (readDate(date) === null) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' })
  }
  const payloadHash = single(request, 'x-amz-content-sha256')
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' })
  }
  const token = single(request, 'x-amz-security-token')
  return { authorization, date, token, payloadHash, presigned: false }
}

function twice(header: string): S3Error {
  const message =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or ' +
    'the Authorization header should be specified'
  return new S3Error('InvalidArgument', { message, details: { ArgumentName: 'Authorization', ArgumentValue: header } })
}

function unsupported(): S3Error {
  return new S3Error('InvalidRequest', {
    message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  })
}

function checkScope({ authorization: { day, region, service }, date, presigned }: Given, world: CloudWorld): void {
  const wrong =
    service !== 's3'
      ? { message: `incorrect service "${service}". This endpoint belongs to "s3".`, details: {} }
      : !regionForm.test(region)
        ? { message: `the region '${region}' is wrong; expecting '${world.region}'`, details: { Region: world.region } }
        : day !== date.slice(0, 8)
          ? {
              message: `Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${date.slice(0, 8)}".`,
              details: {},
            }
          : null
  if (wrong === null) return
  if (!presigned) {
    const message = `The authorization header is malformed; ${wrong.message}`
    throw new S3Error('AuthorizationHeaderMalformed', { ...wrong, message })
  }
  const message = `Error parsing the X-Amz-Credential parameter; ${wrong.message}`
  throw new S3Error('AuthorizationQueryParametersError', { ...wrong, message })
}

// A presigned URL has its own span of time, which was looked at as it was read.
function checkSkew({ date, presigned }: Given, now: Date): void {
  const at = readDate(date)
  if (presigned || (at !== null && Math.abs(at.getTime() - now.getTime()) <= skewMs)) return
  throw new S3Error('RequestTimeTooSkewed', {
    details: { RequestTime: date, ServerTime: wholeSeconds(now), MaxAllowedSkewMilliseconds: skewMs },
  })
}

function checkKey({ authorization: { accessKeyId }, token }: Given, world: CloudWorld): void {
  // A temporary key without its token is no key.
  if (accessKeyId !== world.accessKeyId || (world.sessionToken !== undefined && token === undefined)) {
    throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: accessKeyId } })
  }
  if (token !== world.sessionToken) throw new S3Error('InvalidToken', { details: { 'Token-0': token ?? '' } })
}

// What S3 acts on has to be signed: somebody on the way could have added it.
function checkHeaders({ headers }: Unverified, { authorization: { signedHeaders } }: Given): void {
  const unsigned = Object.keys(headers).filter((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name))
  if (!signedHeaders.includes('host')) unsigned.push('host')
  if (unsigned.length === 0) return
  throw new S3Error('AccessDenied', {
    message: 'There were headers present in the request which were not signed',
    details: { HeadersNotSigned: unsigned.join(', ') },
  })
}

const bytesOf = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ')

function mismatch({ authorization }: Given, text: string, canonical: string): S3Error {
  return new S3Error('SignatureDoesNotMatch', {
    details: {
      AWSAccessKeyId: authorization.accessKeyId,
      StringToSign: text,
      SignatureProvided: authorization.signature,
      StringToSignBytes: bytesOf(text),
      CanonicalRequest: canonical,
      CanonicalRequestBytes: bytesOf(canonical),
    },
  })
}

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** What of an HTTP request goes into its signature; header names are in lower case. */
export interface SignedRequest {
  readonly method: string
  /** Path and query as they came, still encoded. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

/** The Authorization header, taken apart. */
export interface Authorization {
  readonly accessKeyId: string
  /** The scope's day, YYYYMMDD. */
  readonly day: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const form =
  /^AWS4-HMAC-SHA256 +Credential=([^/, ]+)\/(\d{8})\/([^/, ]+)\/([^/, ]+)\/aws4_request, *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/

/** Null when it is no AWS Signature Version 4 header. */
export function readAuthorization(header: string): Authorization | null {
  const found = form.exec(header.trim())
  if (found === null) return null
  const [, accessKeyId = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] = found
  return { accessKeyId, day, region, service, signedHeaders: signedHeaders.split(';'), signature }
}

/** Computes the signature anew from the request as it came, and compares without telling by its time where it differs. */
export function signatureMatches(request: SignedRequest, authorization: Authorization, secret: string): boolean {
  const expected = Buffer.from(signatureOf(request, authorization, secret))
  const given = Buffer.from(authorization.signature)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
function signatureOf(request: SignedRequest, authorization: Authorization, secret: string): string {
  const { day, region, service } = authorization
  const canonical = sha256(canonicalRequest(request, authorization.signedHeaders))
  const date = headerOf(request, 'x-amz-date')
  const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, canonical].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
  return hmac(key, text).toString('hex')
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const [path, query] = splitOnce(request.target, '?')
  return [
    request.method,
    // Every service but S3 encodes the path's segments a second time.
    path.split('/').map(encodeStrictly).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n')
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .map((pair) => {
      const [name, value] = splitOnce(pair, '=')
      return [encodeStrictly(decode(name)), encodeStrictly(decode(value))] as const
    })
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function headerOf(request: SignedRequest, name: string): string {
  const value = request.headers[name]
  return value === undefined ? '' : typeof value === 'string' ? value : value.join(',')
}

// RFC 3986: encodeURIComponent leaves !'()* as they are, AWS doesn't.
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

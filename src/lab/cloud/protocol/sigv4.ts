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

const headerForm =
  /^AWS4-HMAC-SHA256 +Credential=([^/, ]+)\/(\d{8})\/([^/, ]+)\/([^/, ]+)\/aws4_request, *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/

/** Null when it is no AWS Signature Version 4 header. */
export function readAuthorization(header: string): Authorization | null {
  const found = headerForm.exec(header.trim())
  if (found === null) return null
  const [, accessKeyId = '', day = '', region = '', service = '', signedHeaders = '', signature = ''] = found
  return { accessKeyId, day, region, service, signedHeaders: signedHeaders.split(';'), signature }
}

/** Computes the signature anew from the request as it came, and compares without telling by its time where it differs. */
export function signatureMatches(request: SignedRequest, authorization: Authorization, secret: string): boolean {
  // Every service but S3 encodes the path's segments a second time.
  const form = { path: encodedPath(splitOnce(request.target, '?')[0]), payloadHash: sha256(request.body) }
  const canonical = canonicalRequest(request, authorization.signedHeaders, form)
  const text = stringToSign(authorization, headerOf(request, 'x-amz-date'), canonical)
  return sameSignature(signed(signingKey(authorization, secret), text), authorization.signature)
}

export function sameSignature(expected: string, given: string): boolean {
  const [one, two] = [Buffer.from(expected), Buffer.from(given)]
  return one.length === two.length && timingSafeEqual(one, two)
}

type Scope = Pick<Authorization, 'day' | 'region' | 'service'>

/** The key that everything of a scope is signed with. */
export function signingKey({ day, region, service }: Scope, secret: string): Buffer {
  return [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))
}

/** The scope as it stands in what is signed, such as `20261121/eu-central-1/s3/aws4_request`. */
export const scopeText = ({ day, region, service }: Scope): string => `${day}/${region}/${service}/aws4_request`

/** What is signed of a request. @param date as it was given, such as `20261121T120000Z` */
export function stringToSign(scope: Scope, date: string, canonical: string): string {
  return ['AWS4-HMAC-SHA256', date, scopeText(scope), sha256(canonical)].join('\n')
}

/** 64 hexadecimal digits. */
export const signed = (key: Buffer, text: string): string => hmac(key, text).toString('hex')

/** How a service writes a request down before it is signed. */
export interface CanonicalForm {
  /** Encoded. */
  readonly path: string
  /** The body's SHA-256, or what stands for it. */
  readonly payloadHash: string
  /** A parameter of the query that isn't signed: the signature itself. */
  readonly leftOut?: string
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
export function canonicalRequest(
  request: Omit<SignedRequest, 'body'>,
  signedHeaders: readonly string[],
  { leftOut, path, payloadHash }: CanonicalForm,
): string {
  return [
    request.method,
    path,
    canonicalQuery(splitOnce(request.target, '?')[1], leftOut),
    ...signedHeaders.map((name) => `${name}:${headerOf(request, name).trim().replaceAll(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}

/** Each segment encoded as RFC 3986 says. */
export const encodedPath = (path: string): string => path.split('/').map(encodeStrictly).join('/')

function canonicalQuery(query: string, leftOut?: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .map((pair) => {
      const [name, value] = splitOnce(pair, '=')
      return [encodeStrictly(decode(name)), encodeStrictly(decode(value))] as const
    })
    .filter(([name]) => name !== leftOut)
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function headerOf(request: Pick<SignedRequest, 'headers'>, name: string): string {
  const value = request.headers[name]
  return value === undefined ? '' : typeof value === 'string' ? value : value.join(',')
}

// RFC 3986: encodeURIComponent leaves !'()* as they are, AWS doesn't.
export function encodeStrictly(text: string): string {
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

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

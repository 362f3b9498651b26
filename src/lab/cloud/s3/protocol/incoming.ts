import { createHash } from 'node:crypto'
import { algorithms, checksum, headerOf, lengthOf } from '../checksums.ts'
import type { Algorithm } from '../checksums.ts'
import { decodeChunks } from './chunks.ts'
import type { PayloadForm } from './payload-form.ts'
import { S3Error } from './s3-error.ts'

export type Headers = Readonly<Record<string, string | undefined>>

/** A checksum that a client says its body has: the value, or that it comes in a trailer. */
interface Expected {
  readonly algorithm: Algorithm
  readonly value: Buffer | 'in a trailer'
}

/** What a body turned out to be. */
export interface Received {
  readonly md5: Buffer
  readonly algorithm: Algorithm
  readonly checksum: Buffer
  /** Whether the client had said the checksum itself. */
  readonly wasExpected: boolean
}

/** A request's body. It is read once, and checked against all that its headers say of it. */
export class Incoming {
  readonly #headers: Headers
  readonly #form: PayloadForm
  readonly #source: AsyncIterable<Uint8Array>
  readonly #ownChecksum: boolean
  #received: Received | null = null

  /** @param ownChecksum whether a checksum in the headers is the body's, and not that of an object it speaks of */
  constructor(headers: Headers, form: PayloadForm, source: AsyncIterable<Uint8Array>, ownChecksum = true) {
    this.#headers = headers
    this.#form = form
    this.#source = source
    this.#ownChecksum = ownChecksum
  }

  /** How long it says it is. @throws S3Error MissingContentLength */
  get length(): number {
    const name = this.#form.kind === 'chunks' ? 'x-amz-decoded-content-length' : 'content-length'
    const said = this.#headers[name]
    if (said !== undefined && /^\d{1,15}$/.test(said)) return Number(said)
    // Node has read away HTTP's own chunks. S3 doesn't take a length that nobody says.
    throw new S3Error('MissingContentLength')
  }

  /** What it was, when all of it was read. */
  get received(): Received {
    if (this.#received === null) throw new Error('the body was not read to its end')
    return this.#received
  }

  /**
   * Its bytes, without the form in which they came. @param algorithm that of the checksum where the client says none
   * @throws S3Error BadDigest, InvalidDigest, InvalidRequest, XAmzContentSHA256Mismatch, IncompleteBody, and those of chunks
   */
  async *bytes(algorithm: Algorithm = 'CRC64NVME'): AsyncGenerator<Uint8Array> {
    const { length } = this
    const wantedMd5 = md5Header(this.#headers['content-md5'])
    const expected = this.#ownChecksum ? expectedChecksum(this.#headers) : null
    const sum = checksum(expected?.algorithm ?? algorithm)
    const [md5, sha256] = [createHash('md5'), createHash('sha256')]
    const trailers = new Map<string, string>()
    const form = this.#form
    const decoded = form.kind === 'chunks' ? decodeChunks(this.#source, { ...form, trailers }) : this.#source
    let size = 0
    for await (const bytes of decoded) {
      size += bytes.length
      if (size > length) throw new S3Error('IncompleteBody')
      md5.update(bytes)
      sum.update(bytes)
      if (form.kind === 'plain' && form.sha256 !== null) sha256.update(bytes)
      yield bytes
    }
    if (size !== length)
      throw new S3Error('IncompleteBody', { details: { NumberBytesExpected: length, NumberBytesProvided: size } })
    if (form.kind === 'plain' && form.sha256 !== null) checkSha256(form.sha256, sha256.digest('hex'))
    const received = {
      md5: md5.digest(),
      algorithm: expected?.algorithm ?? algorithm,
      checksum: sum.digest(),
      wasExpected: expected !== null,
    }
    if (wantedMd5 !== null && !wantedMd5.equals(received.md5)) {
      const details = {
        ExpectedDigest: wantedMd5.toString('base64'),
        CalculatedDigest: received.md5.toString('base64'),
      }
      throw new S3Error('BadDigest', { details })
    }
    if (expected !== null) checkChecksum(expected, trailers, received.checksum)
    this.#received = received
  }

  /** All of it as text. @throws S3Error MaxMessageLengthExceeded, and those of `bytes` */
  async text(): Promise<string> {
    const parts: Uint8Array[] = []
    if (this.length > largestText)
      throw new S3Error('MaxMessageLengthExceeded', { details: { MaxMessageLengthBytes: largestText } })
    for await (const bytes of this.bytes()) parts.push(bytes)
    return Buffer.concat(parts).toString()
  }
}

// Ten thousand parts, each with its checksum.
const largestText = 4 * 1024 * 1024

function checkSha256(given: string, computed: string): void {
  if (given === computed) return
  const details = { ClientComputedContentSHA256: given, S3ComputedContentSHA256: computed }
  throw new S3Error('XAmzContentSHA256Mismatch', { details })
}

function checkChecksum({ algorithm, value }: Expected, trailers: ReadonlyMap<string, string>, computed: Buffer): void {
  const given = value === 'in a trailer' ? trailers.get(headerOf(algorithm)) : value
  if (given === undefined) throw new S3Error('MalformedTrailerError')
  const bytes = typeof given === 'string' ? valueOf(algorithm, given) : given
  if (bytes.equals(computed)) return
  throw new S3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` })
}

function md5Header(value: string | undefined): Buffer | null {
  if (value === undefined) return null
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === 16 && bytes.toString('base64') === value) return bytes
  throw new S3Error('InvalidDigest', { details: { 'Content-MD5': value } })
}

function expectedChecksum(headers: Headers): Expected | null {
  const trailer = (headers['x-amz-trailer'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const found = algorithms.flatMap((algorithm): Expected[] => {
    const value = headers[headerOf(algorithm)]
    if (value !== undefined) return [{ algorithm, value: valueOf(algorithm, value) }]
    return trailer.includes(headerOf(algorithm)) ? [{ algorithm, value: 'in a trailer' }] : []
  })
  if (found.length > 1) {
    const message = 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.'
    throw new S3Error('InvalidRequest', { message })
  }
  const named = headers['x-amz-sdk-checksum-algorithm']?.toUpperCase()
  const [one = null] = found
  if (named !== undefined && one === null) {
    const message =
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.'
    throw new S3Error('InvalidRequest', { message })
  }
  if (named !== undefined && one?.algorithm !== named) {
    throw new S3Error('InvalidRequest', { message: 'Value for x-amz-sdk-checksum-algorithm header is invalid.' })
  }
  return one
}

/** A checksum's bytes. @throws S3Error InvalidRequest for what can't be one of that algorithm */
export function valueOf(algorithm: Algorithm, value: string): Buffer {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === lengthOf[algorithm] && bytes.toString('base64') === value) return bytes
  throw new S3Error('InvalidRequest', { message: `Value for ${headerOf(algorithm)} header is invalid.` })
}

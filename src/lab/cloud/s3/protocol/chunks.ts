import { createHash } from 'node:crypto'
import { sameSignature, scopeText, sha256, signed } from '../../protocol/sigv4.ts'
import type { ChunkSigning } from './payload-form.ts'
import { S3Error } from './s3-error.ts'
import { splitAt } from './target.ts'

const head = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i
const longestLine = 4096
const smallestChunk = 8192
const mostTrailers = 32

interface Options {
  readonly signing: ChunkSigning | null
  readonly trailer: boolean
  /** Takes the headers at the end, by lower-case name. */
  readonly trailers: Map<string, string>
}

/**
 * Takes the chunks of `aws-chunked` apart, each as it comes, and checks their signatures.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * @throws S3Error IncompleteBody, InvalidChunkSizeError, SignatureDoesNotMatch, MalformedTrailerError
 */
export async function* decodeChunks(
  source: AsyncIterable<Uint8Array>,
  { signing, trailer, trailers }: Options,
): AsyncGenerator<Uint8Array> {
  const reader = new Reader(source)
  const chain = signing === null ? null : new Chain(signing)
  let wasSmall = false
  for (;;) {
    const [, digits, signature] = head.exec((await reader.line()) ?? '') ?? []
    if (digits === undefined || (signature === undefined) !== (chain === null)) throw new S3Error('IncompleteBody')
    const size = Number.parseInt(digits, 16)
    if (size > 0 && wasSmall) throw new S3Error('InvalidChunkSizeError')
    wasSmall = size < smallestChunk
    const hash = createHash('sha256')
    for await (const bytes of reader.take(size)) {
      if (chain !== null) hash.update(bytes)
      yield bytes
    }
    chain?.check('AWS4-HMAC-SHA256-PAYLOAD', `${sha256('')}\n${hash.digest('hex')}`, signature)
    if (size === 0) break
    if ((await reader.line()) !== '') throw new S3Error('IncompleteBody')
  }
  await readTrailers(reader, trailer ? trailers : new Map())
  if (trailer) checkTrailers(trailers, chain)
}

async function readTrailers(reader: Reader, trailers: Map<string, string>): Promise<void> {
  for (;;) {
    const line = await reader.line()
    if (line === null || line === '') return
    const [name, value] = splitAt(line, ':')
    if (trailers.size === mostTrailers || !/^[-a-z0-9]+$/i.test(name)) throw new S3Error('MalformedTrailerError')
    trailers.set(name.toLowerCase(), value.trim())
  }
}

const signatureName = 'x-amz-trailer-signature'

function checkTrailers(trailers: Map<string, string>, chain: Chain | null): void {
  if (chain === null) return
  const signature = trailers.get(signatureName)
  trailers.delete(signatureName)
  const text = [...trailers].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`)
  chain.check('AWS4-HMAC-SHA256-TRAILER', sha256(text.join('')), signature)
}

/** Each signature signs the one before it, so no chunk can be left out or moved. */
class Chain {
  readonly #signing: ChunkSigning
  #last: string

  constructor(signing: ChunkSigning) {
    this.#signing = signing
    this.#last = signing.seed
  }

  check(what: string, hashes: string, signature: string | undefined): void {
    const { date, key, scope } = this.#signing
    const expected = signed(key, [what, date, scopeText(scope), this.#last, hashes].join('\n'))
    if (signature === undefined || !sameSignature(expected, signature)) throw new S3Error('SignatureDoesNotMatch')
    this.#last = expected
  }
}

/** Reads lines and counted bytes. Never more than one piece of the source is kept, nor a line without end. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Uint8Array = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Up to the next line's end, without it; null at the very end. */
  async line(): Promise<string | null> {
    let read = Buffer.alloc(0)
    for (;;) {
      const end = this.#rest.indexOf(0x0a)
      if (end !== -1) {
        read = Buffer.concat([read, this.#rest.subarray(0, end)])
        this.#rest = this.#rest.subarray(end + 1)
        return read.toString('latin1').replace(/\r$/, '')
      }
      read = Buffer.concat([read, this.#rest])
      if (read.length > longestLine) throw new S3Error('IncompleteBody')
      if (!(await this.#more())) return read.length === 0 ? null : read.toString('latin1')
    }
  }

  /** Exactly that many bytes. */
  async *take(count: number): AsyncGenerator<Uint8Array> {
    let left = count
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) throw new S3Error('IncompleteBody')
      const bytes = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(bytes.length)
      left -= bytes.length
      if (bytes.length > 0) yield bytes
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next()
    this.#rest = next.done === true ? Buffer.alloc(0) : next.value
    return next.done !== true
  }
}

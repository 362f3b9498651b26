import { createHash, createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiError } from '../../../../src/lab/cloud/protocol/api-error.ts'
import { decodeChunks } from '../../../../src/lab/cloud/s3/protocol/chunks.ts'
import type { ChunkSigning } from '../../../../src/lab/cloud/s3/protocol/payload-form.ts'

const signing: ChunkSigning = {
  key: Buffer.from('a key'),
  date: '20261121T120000Z',
  scope: { day: '20261121', region: 'eu-central-1', service: 's3' },
  seed: '0'.repeat(64),
}
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Written {
  readonly chunks: readonly Uint8Array[]
  readonly isSigned: boolean
  readonly trailer: readonly (readonly [string, string])[] | null
}

/** The form as AWS describes it. */
function encode({ chunks, isSigned, trailer }: Written): Buffer {
  let last = signing.seed
  const sign = (what: string, hashes: string): string => {
    const text = [what, signing.date, '20261121/eu-central-1/s3/aws4_request', last, hashes].join('\n')
    last = createHmac('sha256', signing.key).update(text).digest('hex')
    return last
  }
  const parts = [...chunks, Buffer.alloc(0)].map((chunk) => {
    const signature = sign('AWS4-HMAC-SHA256-PAYLOAD', `${sha256('')}\n${sha256(chunk)}`)
    const head = `${chunk.length.toString(16)}${isSigned ? `;chunk-signature=${signature}` : ''}\r\n`
    return Buffer.concat([Buffer.from(head), chunk, Buffer.from(chunk.length === 0 ? '' : '\r\n')])
  })
  const lines = (trailer ?? []).map(([name, value]) => `${name}:${value}\r\n`)
  if (trailer !== null && isSigned) {
    const canonical = trailer.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`)
    lines.push(`x-amz-trailer-signature:${sign('AWS4-HMAC-SHA256-TRAILER', sha256(canonical.join('')))}\r\n`)
  }
  return Buffer.concat([...parts, Buffer.from(`${lines.join('')}\r\n`)])
}

/** Hands the bytes over in pieces of these sizes, again and again. */
async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function decode(bytes: Buffer, sizes: readonly number[], { isSigned, trailer }: Written) {
  const trailers = new Map<string, string>()
  const parts: Uint8Array[] = []
  const options = { signing: isSigned ? signing : null, trailer: trailer !== null, trailers }
  for await (const part of decodeChunks(inPieces(bytes, sizes), options)) parts.push(part)
  return { body: Buffer.concat(parts), trailers: [...trailers] }
}

// All but the last have to be of 8 KiB at least.
const chunks = fc
  .tuple(fc.array(fc.nat(3000), { maxLength: 3 }), fc.nat(9000))
  .map(([more, last]) => [...more.map((size) => 8192 + size), last].filter((size) => size > 0))
  .map((sizes) => sizes.map((size, n) => Buffer.alloc(size, `${n}\r\n0;x`)))
const trailer = fc.option(
  fc.uniqueArray(fc.tuple(fc.constantFrom('x-amz-checksum-crc32', 'x-a', 'b'), fc.constantFrom('AAAA', '', 'x:y')), {
    selector: ([name]) => name,
    maxLength: 3,
  }),
)
const written = fc.record({ chunks, isSigned: fc.boolean(), trailer })
const sizes = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 })

test('chunks are read back as they were written, however the bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(written, sizes, async (one, pieces) => {
      const { body, trailers } = await decode(encode(one), pieces, one)
      expect(body.equals(Buffer.concat(one.chunks))).toBe(true)
      expect(Object.fromEntries(trailers)).toEqual(Object.fromEntries(one.trailer ?? []))
    }),
  )
})

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof ApiError) return error.code
    throw error
  }
  return 'none'
}

test('a signed body of which any byte was changed is refused', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(), fc.integer({ min: 1, max: 255 }), async (all, place, by) => {
      const one: Written = { chunks: all, isSigned: true, trailer: null }
      const bytes = encode(one)
      // The line after the last chunk ends nothing that matters.
      const at = place % (bytes.length - 4)
      bytes[at] = (bytes[at] ?? 0) ^ by
      // Digits and the CR of a line may be written otherwise and mean the same.
      const same = async () => {
        const { body } = await decode(bytes, [5000], one)
        if (!body.equals(Buffer.concat(all))) throw new Error('a changed body was taken')
      }
      expect(await code(same())).toMatch(/^(?:none|SignatureDoesNotMatch|IncompleteBody|InvalidChunkSizeError)$/)
    }),
  )
})

test('a body that ends early is incomplete, wherever it ends', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.boolean(), fc.nat(), async (all, isSigned, place) => {
      const one: Written = { chunks: all, isSigned, trailer: null }
      const bytes = encode(one)
      const end = bytes.length - 4 - (isSigned ? 81 : 1)
      if (end <= 0) return
      expect(await code(decode(bytes.subarray(0, place % end), [4096], one))).toMatch(
        /IncompleteBody|SignatureDoesNotMatch/,
      )
    }),
  )
})

test('a small chunk before the last, and a line without end, are refused', async () => {
  const plain = { isSigned: false, trailer: null }
  const small = { ...plain, chunks: [Buffer.alloc(10), Buffer.alloc(10)] }
  expect(await code(decode(encode(small), [100], small))).toBe('InvalidChunkSizeError')
  expect(await code(decode(Buffer.alloc(1_000_000, '1'), [1000], { ...plain, chunks: [] }))).toBe('IncompleteBody')
})

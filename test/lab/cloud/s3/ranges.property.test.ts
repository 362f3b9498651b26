import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRange } from '../../../../src/lab/cloud/s3/operations/ranges.ts'
import { S3Error } from '../../../../src/lab/cloud/s3/protocol/s3-error.ts'
import { readBody, sizeOf } from '../../../../src/lab/cloud/s3/store/bodies.ts'
import type { Piece } from '../../../../src/lab/cloud/s3/store/bodies.ts'

const number = fc.option(fc.nat(12), { nil: undefined })

/** The plainest account: the places that a range names, of those that there are. */
function naive(first: number | undefined, last: number | undefined, size: number): readonly number[] {
  const all = Array.from({ length: size }, (_, place) => place)
  if (first === undefined) return all.slice(Math.max(size - (last ?? 0), 0))
  return all.filter((place) => place >= first && place <= (last ?? Infinity))
}

function rangeOrCode(header: string, size: number): unknown {
  try {
    return readRange(header, size)
  } catch (error) {
    if (error instanceof S3Error) return error.code
    throw error
  }
}

test('a range gives the places that it names, or says that there are none', () => {
  fc.assert(
    fc.property(number, number, fc.nat(10), (first, last, size) => {
      fc.pre(first !== undefined || last !== undefined)
      fc.pre(first === undefined || last === undefined || first <= last)
      const header = `bytes=${first ?? ''}-${last ?? ''}`
      const expected = naive(first, last, size)
      const [from, to] = [expected[0], (expected.at(-1) ?? 0) + 1]
      expect(rangeOrCode(header, size)).toEqual(expected.length === 0 ? 'InvalidRange' : { from, to })
    }),
    { numRuns: 500 },
  )
})

test('what is no range of one piece is none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^\s*bytes=\d*-\d*\s*$/.test(text))
      expect(readRange(text, 10)).toBeNull()
    }),
  )
})

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc
    .uint8Array({ maxLength: 20 })
    .map((bytes): Piece => ({ kind: 'bytes', size: bytes.length, bytes: Buffer.from(bytes) })),
  fc.record({ kind: fc.constant('generated' as const), size: fc.nat(200_000), seed: fc.string() }),
)

test('any part of a body is that part of the whole, also across its pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 4 }), fc.nat(), fc.nat(), async (body, one, two) => {
      const size = sizeOf(body)
      const [from = 0, to = 0] = [one % (size + 1), two % (size + 1)].toSorted((a, b) => a - b)
      const whole = await bytesOf(readBody(body))
      expect(whole).toHaveLength(size)
      expect((await bytesOf(readBody(body, from, to))).equals(whole.subarray(from, to))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

import { checksum } from '../checksums.ts'
import type { Algorithm } from '../checksums.ts'
import { readBody } from '../store/bodies.ts'
import type { Body } from '../store/bodies.ts'

/** In base64, of all of a body. */
export async function checksumOfBody(algorithm: Algorithm, body: Body): Promise<string> {
  const sum = checksum(algorithm)
  for await (const bytes of readBody(body)) sum.update(bytes)
  return sum.digest().toString('base64')
}

import { createHash } from 'node:crypto'
import type { StoredObject } from '../../remote/aws/s3.ts'

const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1)

/**
 * Whether these are the same objects with the same content: SHA-256, hexadecimal, over key, size and ETag of each. What was
 * uploaded again and is the same counts as the same, so that versions are not part of it.
 */
export function digestOf(objects: readonly Pick<StoredObject, 'key' | 'sizeBytes' | 'etag'>[]): string {
  const hash = createHash('sha256')
  for (const { key, sizeBytes, etag } of objects.toSorted(byKey)) {
    hash.update(`${JSON.stringify([key, sizeBytes, etag])}\n`)
  }
  return hash.digest('hex')
}

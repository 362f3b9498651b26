import type { Authorization } from '../../protocol/sigv4.ts'
import { S3Error } from './s3-error.ts'

/** What each chunk of a body is signed with; the seed is the request's own signature. */
export interface ChunkSigning {
  readonly key: Buffer
  readonly date: string
  readonly scope: Pick<Authorization, 'day' | 'region' | 'service'>
  readonly seed: string
}

/** How a body comes. */
export type PayloadForm =
  /** As it is; with its SHA-256, unless that isn't said. */
  | { readonly kind: 'plain'; readonly sha256: string | null }
  /** In chunks of AWS's own kind, each signed or none; `trailer`: with headers at the end. */
  | { readonly kind: 'chunks'; readonly signing: ChunkSigning | null; readonly trailer: boolean }

/** What `x-amz-content-sha256` says. @throws S3Error InvalidArgument for what is neither a hash nor one of its words */
export function payloadForm(said: string, signing: ChunkSigning | null): PayloadForm {
  if (said === 'UNSIGNED-PAYLOAD') return { kind: 'plain', sha256: null }
  if (/^[0-9a-f]{64}$/.test(said)) return { kind: 'plain', sha256: said }
  if (said === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return { kind: 'chunks', signing: null, trailer: true }
  const trailer = said === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  if (signing !== null && (trailer || said === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD')) {
    return { kind: 'chunks', signing, trailer }
  }
  throw new S3Error('InvalidArgument', {
    message:
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, ' +
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    details: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: said },
  })
}

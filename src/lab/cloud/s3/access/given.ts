import type { Authorization, SignedRequest } from '../../protocol/sigv4.ts'

export interface Unverified extends Omit<SignedRequest, 'body'> {
  /** The path, decoded, with the bucket in it only where it stands in the path. */
  readonly path: string
  readonly query: ReadonlyMap<string, string>
}

/** A signature as it was given, in the header or the query. */
export interface Given {
  readonly authorization: Authorization
  /** As it was given. */
  readonly date: string
  readonly token: string | undefined
  readonly payloadHash: string
  readonly presigned: boolean
}

export function single({ headers }: Pick<SignedRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** As S3 writes instants in its refusals. */
export const wholeSeconds = (date: Date): string => date.toISOString().replace(/\.\d+/, '')

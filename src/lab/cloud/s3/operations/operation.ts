import type { Incoming, Headers } from '../protocol/incoming.ts'
import type { Target } from '../protocol/target.ts'
import type { Body } from '../store/bodies.ts'
import type { Bucket, S3State } from '../store/objects.ts'

/** A request whose sender is known, as far as it is understood. */
export interface Call {
  readonly state: S3State
  readonly target: Target
  readonly headers: Headers
  readonly incoming: Incoming
  readonly now: Date
  /** Whether somebody signed it. */
  readonly signed: boolean
  /** The region whose endpoint the client takes this for. */
  readonly region: string
  /** @throws S3Error AccessDenied unless the sender may do that to the bucket, or to a key in it */
  allow(action: string, bucket: Bucket | null, key?: string): void
}

/** What to answer: a text, some bytes of a body, or nothing but headers. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly content: string | { readonly body: Body; readonly from: number; readonly to: number } | null
}

/** One of S3's operations on a bucket and what is in it; the bucket is there, and in the region that was asked. */
export interface Operation {
  /** AWS's name, by which faults and the log know it. */
  readonly name: string
  /** A checksum in the headers is that of an object, not of this request's body. */
  readonly foreignChecksum?: boolean
  run(call: Call, bucket: Bucket): Promise<Answer>
}

/** One that is on no bucket, or on one that needn't be there. */
export interface ServiceOperation {
  readonly name: string
  run(call: Call): Promise<Answer>
}

export const xml = (content: string, headers: Answer['headers'] = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  content,
})

export const nothing = (status: number, headers: Answer['headers'] = {}): Answer => ({ status, headers, content: null })

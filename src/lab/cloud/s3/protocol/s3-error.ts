import { ApiError } from '../../protocol/api-error.ts'
import type { XmlElements } from '../../protocol/xml.ts'
import { isKnown, known } from './known-codes.ts'
import type { S3Code } from './known-codes.ts'

interface More {
  readonly message?: string
  /** Elements of the document beside Code, Message, RequestId and HostId. */
  readonly details?: XmlElements
  readonly headers?: Readonly<Record<string, string>>
}

/** An error as S3 answers it. Its words and status are S3's own for the code, unless others are given. */
export class S3Error extends ApiError {
  readonly details: XmlElements
  readonly headers: Readonly<Record<string, string>>

  constructor(code: S3Code, { details = {}, headers = {}, message }: More = {}, status: number = known[code].status) {
    super(code, message ?? known[code].message, status)
    this.name = 'S3Error'
    this.details = details
    this.headers = headers
  }
}

/** `InvalidArgument`, with the argument that is meant. */
export function invalidArgument(name: string, value: string, message: string): S3Error {
  return new S3Error('InvalidArgument', { message, details: { ArgumentName: name, ArgumentValue: value } })
}

// What faults name in EC2's words, S3 calls otherwise.
const called: Readonly<Record<string, S3Code>> = {
  RequestLimitExceeded: 'SlowDown',
  Unavailable: 'ServiceUnavailable',
}

/** An error as a fault's rule names it, with S3's own status and words where the rule is silent and S3 knows the code. */
export function faultError(fault: {
  readonly code: string
  readonly message?: string
  readonly status?: number
}): ApiError {
  const code = called[fault.code] ?? fault.code
  const { message, status } = isKnown(code) ? known[code] : { message: code, status: 400 }
  return new ApiError(code, fault.message ?? message, fault.status ?? status)
}

import type { Headers } from '../protocol/incoming.ts'
import { S3Error } from '../protocol/s3-error.ts'

/** What conditions are about. */
interface Subject {
  /** Without its quotes. */
  readonly etag: string
  readonly lastModified: Date
}

/**
 * Whether a reader has it already (304). `prefix` is that of a copy's source, `x-amz-copy-source-`.
 * An If-Match that holds goes before a date, as RFC 9110 has it.
 * @throws S3Error PreconditionFailed
 */
export function isUnchanged(headers: Headers, subject: Subject, prefix = ''): boolean {
  const header = (name: string): string | undefined => headers[`${prefix}${name}`]
  const match = header('if-match')
  const since = dateOf(header('if-unmodified-since'))
  if (match !== undefined) {
    if (!names(match, subject.etag)) throw failed('If-Match')
  } else if (since !== null && seconds(subject.lastModified) > since) throw failed('If-Unmodified-Since')
  const other = header('if-none-match')
  if (other !== undefined) return names(other, subject.etag)
  const after = dateOf(header('if-modified-since'))
  return after !== null && seconds(subject.lastModified) <= after
}

/** Whether what is there may be written over. @param etag null where nothing is @throws S3Error */
export function checkWrite(headers: Headers, etag: string | null, key: string): void {
  const { 'if-match': match, 'if-none-match': none } = headers
  if (none !== undefined) {
    if (none.trim() !== '*') {
      const details = {
        Header: 'If-None-Match',
        additionalMessage: "We don't accept the provided value of If-None-Match header for this API",
      }
      throw new S3Error('NotImplemented', { details })
    }
    if (etag !== null) throw failed('If-None-Match')
  }
  if (match === undefined) return
  if (etag === null) throw new S3Error('NoSuchKey', { details: { Key: key } })
  if (!names(match, etag)) throw failed('If-Match')
}

export function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { details: { Condition: condition } })
}

function names(list: string, etag: string): boolean {
  return list.split(',').some((one) => {
    const name = one.trim().replace(/^W\//, '')
    return name === '*' || name.replaceAll('"', '') === etag
  })
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000)

// What is no date is no condition.
function dateOf(header: string | undefined): number | null {
  const time = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(time) ? null : Math.floor(time / 1000)
}

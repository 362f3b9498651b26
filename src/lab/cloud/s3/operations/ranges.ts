import { S3Error } from '../protocol/s3-error.ts'

/** From the first byte up to, and without, `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * What a Range header asks of so many bytes; null is all of them. S3 gives one range only, and takes what it doesn't
 * understand for none. @throws S3Error InvalidRange for one that has nothing of it
 */
export function readRange(header: string | undefined, size: number): Range | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return null
  if (first === '') {
    if (Number(last) === 0 || size === 0) throw unsatisfiable(header, size)
    return { from: Math.max(size - Number(last), 0), to: size }
  }
  const from = Number(first)
  const to = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < from) return null
  if (from >= size) throw unsatisfiable(header, size)
  return { from, to }
}

function unsatisfiable(header: string | undefined, size: number): S3Error {
  return new S3Error('InvalidRange', { details: { RangeRequested: header, ActualObjectSize: size } })
}

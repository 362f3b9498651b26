// A place in S3 as people write it.

/** A bucket, and what the keys begin with: the folder's ends in a slash. */
export interface S3Place {
  readonly bucket: string
  readonly prefix: string
}

// The names that buckets can have (Amazon S3 User Guide, "General purpose bucket naming rules").
const form = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\s\S]*))?$/

/** Reads `s3://BUCKET` or `s3://BUCKET/PREFIX`; undefined for anything else. Nothing is decoded: keys stand as they are. */
export function parseS3Url(text: string): S3Place | undefined {
  const [, bucket, prefix = ''] = form.exec(text) ?? []
  return bucket === undefined ? undefined : { bucket, prefix }
}

export const isS3Url = (text: string): boolean => parseS3Url(text) !== undefined

export const s3Url = ({ bucket, prefix }: S3Place): string => `s3://${bucket}/${prefix}`

/** Whether both name the same place: a folder may be named without its slash. */
export const isSamePrefix = (a: string, b: string): boolean => a.replace(/\/$/, '') === b.replace(/\/$/, '')

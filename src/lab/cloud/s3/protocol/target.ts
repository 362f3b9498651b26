import { S3Error } from './s3-error.ts'

/** What a request is about. */
export interface Target {
  /** Empty for the service itself. */
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
  /** The query, decoded; a parameter without a value is an empty one. */
  readonly query: ReadonlyMap<string, string>
  /** The path as the client named it, for the Resource of an error. */
  readonly path: string
}

const largestKey = 1024

/**
 * Takes a request's address apart: `/bucket/key` (path-style), or `/key` at `bucket.localhost` (virtual-host style).
 * @throws S3Error InvalidURI, KeyTooLongError
 */
export function readTarget(host: string, target: string): Target {
  // A proxy's form has the whole address; S3 takes it too.
  const [rawPath, rawQuery] = splitAt(target.replace(/^https?:\/\/[^/]*/, '') || '/', '?')
  if (!rawPath.startsWith('/')) throw new S3Error('InvalidURI', { details: { URI: rawPath } })
  const path = decoded(rawPath)
  const query = readQuery(rawQuery)
  const inHost = /^(.+)\.localhost(?::\d+)?$/i.exec(host)?.[1]
  const [bucket, key] = inHost === undefined ? splitAt(path.slice(1), '/') : [inHost, path.slice(1)]
  const size = Buffer.byteLength(key)
  if (size > largestKey) {
    throw new S3Error('KeyTooLongError', { details: { Size: size, MaxSizeAllowed: largestKey } })
  }
  return { bucket, key, query, path }
}

function readQuery(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('&').filter((pair) => pair !== '')
  return new Map(
    pairs.map((pair) => {
      const [name, value] = splitAt(pair, '=')
      // Here, other than in the path, some write a space as a plus.
      return [decoded(name), decoded(value.replaceAll('+', ' '))] as const
    }),
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI', { details: { URI: text } })
  }
}

export function splitAt(text: string, by: string): [before: string, after: string] {
  const at = text.indexOf(by)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)]
}

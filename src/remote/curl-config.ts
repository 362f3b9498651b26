// Objects that curl gets, as a curl config: a line for each option, and `next` between one transfer and the next.
import type { S3Get } from './command.ts'

/** A value in double quotes (curl(1), --config): a backslash before any other character would be left out. */
const quoted = (value: string): string =>
  `"${value.replaceAll(/[\\"\n\r\t\v]/g, (each) => escapes.get(each) ?? `\\${each}`)}"`

const escapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

/** What every transfer is told anew: `next` forgets all but curl's few global options. */
const always = [
  'fail',
  'globoff',
  // A key may have `..` in it, which is no more than its name.
  'path-as-is',
  'connect-timeout = 20',
  // A transfer that stands still for a minute is broken off, and tried again.
  'speed-limit = 1024',
  'speed-time = 60',
  'retry = 5',
  `write-out = ${quoted('%{http_code} %{size_download} %{filename_effective}\\n')}`,
]

function transfer({ etag, from, to, output }: S3Get, url: string): string[] {
  return [
    `url = ${quoted(url)}`,
    `output = ${quoted(output)}`,
    ...(from === null && to === null ? [] : [`range = ${quoted(`${from ?? 0}-${to ?? ''}`)}`]),
    ...(etag === null ? [] : [`header = ${quoted(`If-Match: "${etag}"`)}`]),
    ...always,
  ]
}

/**
 * The config that makes curl (7.42 or newer) get all of these. Of each transfer it puts out `STATUS BYTES FILE`.
 * @param urls the signed URL of each, in the same order
 */
export const curlConfig = (gets: readonly S3Get[], urls: readonly string[]): string =>
  gets.map((get, at) => `${transfer(get, urls[at] ?? '').join('\n')}\n`).join('next\n')

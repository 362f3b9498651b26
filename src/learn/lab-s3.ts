// The lab's S3 as the AWS command line would show it.
import { gunzipSync } from 'node:zlib'
import { XMLParser } from 'fast-xml-parser'
import { z } from 'zod'
import { askS3, type S3Reply } from '../lab/cloud/s3/ask.ts'
import type { Lab } from '../lab/lab.ts'

const parser = new XMLParser({ isArray: (name) => ['CommonPrefixes', 'Contents'].includes(name), parseTagValue: false })

const listed = z.object({
  ListBucketResult: z.object({
    CommonPrefixes: z.array(z.object({ Prefix: z.string() })).default([]),
    Contents: z.array(z.object({ Key: z.string(), Size: z.string(), LastModified: z.string() })).default([]),
  }),
})

const refused = z.object({ Error: z.object({ Code: z.string(), Message: z.string() }) })

/** As `aws` says it. */
function refusal({ status, body }: S3Reply, operation: string): string {
  const found = refused.safeParse(parser.parse(body.toString()))
  const { Code, Message } = found.success ? found.data.Error : { Code: String(status), Message: 'no reason given' }
  return `An error occurred (${Code}) when calling the ${operation} operation: ${Message}`
}

/** @returns what `aws s3 ls` prints of a prefix; with `isDeep`, of all below it */
export async function s3Ls(lab: Lab, bucket: string, prefix: string, isDeep = false): Promise<string> {
  const more = `${isDeep ? '' : 'delimiter=%2F&'}list-type=2&prefix=${encodeURIComponent(prefix)}`
  const reply = await askS3(lab.ready, 'GET', `/${bucket}?${more}`)
  if (reply.status !== 200) return refusal(reply, 'ListObjectsV2')
  const { CommonPrefixes, Contents } = listed.parse(parser.parse(reply.body.toString())).ListBucketResult
  return [
    ...CommonPrefixes.map((each) => `${' '.repeat(27)}PRE ${each.Prefix.slice(prefix.length)}`),
    ...Contents.map(
      ({ Key, Size, LastModified }) => `${LastModified.slice(0, 19).replace('T', ' ')} ${Size.padStart(10)} ${Key}`,
    ),
  ].join('\n')
}

/** @returns the object, or in words why not */
export async function s3Get(lab: Lab, bucket: string, key: string): Promise<Buffer | string> {
  const reply = await askS3(lab.ready, 'GET', `/${bucket}/${key}`)
  return reply.status === 200 ? reply.body : refusal(reply, 'GetObject')
}

/** @returns what `aws s3 cp` prints of an upload */
export async function s3Put(lab: Lab, bucket: string, key: string, text: string): Promise<string> {
  const reply = await askS3(lab.ready, 'PUT', `/${bucket}/${key}`, text)
  return reply.status === 200
    ? `upload: ./${key.split('/').at(-1)} to s3://${bucket}/${key}`
    : `upload failed: ./${key.split('/').at(-1)} to s3://${bucket}/${key} ${refusal(reply, 'PutObject')}`
}

/** @returns what `aws s3 rm` prints */
export async function s3Delete(lab: Lab, bucket: string, key: string): Promise<string> {
  const reply = await askS3(lab.ready, 'DELETE', `/${bucket}/${key}`)
  return reply.status === 204
    ? `delete: s3://${bucket}/${key}`
    : `delete failed: s3://${bucket}/${key} ${refusal(reply, 'DeleteObject')}`
}

/** The text of a gzip file, or gzip's own words where it is cut off. */
export function gunzipped(data: Buffer | string): { readonly text: string; readonly isWhole: boolean } {
  if (typeof data === 'string') return { text: data, isWhole: false }
  try {
    return { text: gunzipSync(data).toString(), isWhole: true }
  } catch {
    return { text: 'gzip: stdin: unexpected end of file', isWhole: false }
  }
}

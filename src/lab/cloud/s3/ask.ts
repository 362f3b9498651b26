// A signed request to the lab's S3, for who has no AWS client at hand.
import type { LabReady } from '../../lab.ts'
import {
  canonicalRequest,
  encodedPath,
  scopeText,
  sha256,
  signed,
  signingKey,
  stringToSign,
} from '../protocol/sigv4.ts'

export interface S3Reply {
  readonly status: number
  readonly body: Buffer
}

/** @param target path and query, neither encoded nor in need of it: `/bucket?list-type=2` */
export async function askS3(
  { s3, region, accessKeyId, secretAccessKey }: Pick<LabReady, 's3' | 'region' | 'accessKeyId' | 'secretAccessKey'>,
  method: 'GET' | 'PUT' | 'DELETE',
  target: string,
  body = '',
): Promise<S3Reply> {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const payloadHash = sha256(body)
  const headers = { host: new URL(s3).host, 'x-amz-content-sha256': payloadHash, 'x-amz-date': date }
  const names = Object.keys(headers)
  const scope = { day: date.slice(0, 8), region, service: 's3' }
  const path = encodedPath(target.split('?')[0] ?? '/')
  const canonical = canonicalRequest({ method, target, headers }, names, { path, payloadHash })
  const signature = signed(signingKey(scope, secretAccessKey), stringToSign(scope, date, canonical))
  const credential = `Credential=${accessKeyId}/${scopeText(scope)}`
  const response = await fetch(`${s3}${target}`, {
    method,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    },
    ...(method === 'PUT' ? { body } : {}),
  })
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
}

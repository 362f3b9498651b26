// The S3s that a fetch is measured from, each with one large object and many small ones.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { z } from 'zod'
import { startRgw } from '../test/rgw/start-rgw.ts'

export interface Filled extends AsyncDisposable {
  readonly s3: string
  /** What answers for AWS's other services, of which nothing is asked. */
  readonly ec2: string
}

export interface Contents {
  readonly bucket: string
  /** The size of `large/object`. */
  readonly largeBytes: number
  /** How many objects there are below `small/`. */
  readonly small: number
  readonly smallBytes: number
}

const endpoints = z.object({ s3: z.string(), ec2: z.string() })

/** The lab's, in a process of its own: it answers beside what fetches. */
export async function lab({ largeBytes, small, smallBytes }: Contents): Promise<Filled> {
  const sizes = [largeBytes, small, smallBytes].map(String)
  const server = spawn(process.execPath, [join(import.meta.dirname, 's3-process.ts'), ...sizes], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said] = z.tuple([z.string()]).parse(await once(createInterface({ input: server.stdout }), 'line'))
  return {
    ...endpoints.parse(JSON.parse(said)),
    async [Symbol.asyncDispose]() {
      server.stdin.end()
      await once(server, 'exit')
    },
  }
}

/** Ceph's, which keeps all of it in memory. @throws Error where Ceph is not installed */
export async function rgw({ bucket, largeBytes, small, smallBytes }: Contents): Promise<Filled> {
  const started = await startRgw()
  const { url, region, accessKeyId, secretAccessKey } = started.address
  const s3 = new S3Client({
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  })
  const put = (key: string, size: number): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.alloc(size, key) }))
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  await put('large/object', largeBytes)
  for (let at = 0; at < small; at += 50)
    await Promise.all(Array.from({ length: Math.min(50, small - at) }, (_, n) => put(`small/${at + n}`, smallBytes)))
  s3.destroy()
  return { s3: url, ec2: url, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() }
}

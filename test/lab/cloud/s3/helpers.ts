import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { CloudOptions } from '../../../../src/lab/cloud/start-cloud.ts'
import type { CloudWorld, WorldBucket } from '../../../../src/lab/cloud/world.ts'
import { clientConfig, testLab } from '../helpers.ts'
import type { TestLab } from '../helpers.ts'

export interface S3Lab extends TestLab {
  readonly s3: S3Client
  /** Another client of the same endpoint. */
  client(config?: S3ClientConfig): S3Client
}

/** The bucket that most tests are about. */
export const bucket = 'backups'

/** A cloud with that bucket and clients to it; all of it ends with the block that holds it. */
export async function s3Lab(
  given: Partial<WorldBucket> = {},
  change: Partial<CloudWorld> = {},
  options: Partial<CloudOptions> = {},
): Promise<S3Lab> {
  const lab = await testLab({ buckets: [{ name: bucket, ...given }], ...change }, options)
  const clients: S3Client[] = []
  const client = (config: S3ClientConfig = {}): S3Client => {
    const made = new S3Client({ ...clientConfig(lab.cloud.s3), forcePathStyle: true, ...config })
    clients.push(made)
    return made
  }
  return {
    ...lab,
    s3: client(),
    client,
    async [Symbol.asyncDispose]() {
      for (const one of clients) one.destroy()
      await lab[Symbol.asyncDispose]()
    },
  }
}

/** S3's code and HTTP status of a call that fails, such as `NoSuchKey 404`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error
    return `${error.name} ${error.$metadata.httpStatusCode}`
  }
  return 'none'
}

/** The bodies that the lab keeps on disk. */
export async function filesOf({ dir }: TestLab): Promise<readonly string[]> {
  try {
    return await readdir(join(dir, 'disks', 's3'))
  } catch {
    return []
  }
}

/** The element of an error's document. */
export const element = (document: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1]

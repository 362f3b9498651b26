// The S3s that the program is held against: the lab's, and in the project `rgw` Ceph's too.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { inject } from 'vitest'
import type { Aws } from '../../../../src/remote/aws/client.ts'
import type { S3Get } from '../../../../src/remote/command.ts'
import { localHost } from '../../../../src/remote/host/local-host.ts'
import { connectRemote, type Remote } from '../../../../src/remote/remote.ts'
import { clientConfig, world } from '../../../lab/cloud/helpers.ts'
import { s3Lab } from '../../../lab/cloud/s3/helpers.ts'
import { awsAt } from '../aws-at.ts'

const rgw = inject('rgw')

interface Endpoint {
  readonly name: string
  /** Some of what it does is not as AWS's API reference has it: the tests say where. */
  readonly isRgw: boolean
}

/** By name, for `describe.each`. */
export const endpoints: readonly Endpoint[] = [
  { name: "the lab's S3", isRgw: false },
  ...(rgw === undefined ? [] : [{ name: "Ceph's RGW", isRgw: true }]),
]

/** A bucket of its own at an endpoint, with the program's client of it and this machine as the host that fetches. */
export interface Place extends AsyncDisposable {
  readonly url: string
  readonly bucket: string
  /** Writes what the program only reads. */
  readonly s3: S3Client
  readonly aws: Aws
  /** The program's client, set to another region. */
  inRegion(region: string): Promise<Aws>
  readonly remote: Remote
  /** What is fetched comes here. */
  readonly folder: string
  put(key: string, body: string | Uint8Array): Promise<void>
  /** All of an object, into the file `out` of the folder, unless told otherwise. */
  get(key: string, more?: Partial<S3Get>): S3Get
}

let buckets = 0

/** Runs a line as root of this machine, with URLs that `aws` signs. */
export const remoteOf = (aws: Aws): Remote =>
  connectRemote({
    aws,
    destination: 'here',
    connect: () => Promise.resolve(localHost('here', { env: process.env })),
    becomeRoot: async () => ({ wrap: (line, stdin) => ({ line, stdin }) }),
    hideUrl: () => undefined,
  })

export async function placeAt({ isRgw }: Endpoint): Promise<Place> {
  const lab = isRgw ? undefined : await s3Lab()
  const url = lab?.cloud.s3 ?? rgw?.url ?? ''
  const bucket = `contract-${process.pid}-${++buckets}`
  const s3 = new S3Client({ ...clientConfig(url), forcePathStyle: true })
  await s3.send(
    new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
  )
  const aws = await awsAt(url)
  const remote = remoteOf(aws)
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
  return {
    url,
    bucket,
    s3,
    aws,
    inRegion: (region) => awsAt(url, undefined, url, region),
    remote,
    folder,
    async put(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
    },
    get: (key, more = {}) => ({
      bucket,
      region: world.region,
      key,
      versionId: null,
      etag: null,
      from: null,
      to: null,
      output: join(folder, 'out'),
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      await remote.close()
      s3.destroy()
      await lab?.[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** Does something with each, some at a time. */
export async function forEach<T>(all: readonly T[], something: (one: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += 50) await Promise.all(all.slice(at, at + 50).map(something))
}

/** Names that something between here and the bucket might read another way. */
export const oddKeys: readonly string[] = [
  'plain',
  'with space+plus%20and%percent',
  'two\nlines',
  'cr\rand\ttab',
  'it\'s "quoted" \\ `$(x)`',
  '-rf --help',
  '; rm -rf /',
  '/leading',
  'a//b/../c/./d',
  'a&b=c?d#e',
  '<&>]]>',
  "~*'()!",
  '[1-3]{a,b}',
  'ends in a space ',
  'Grüße/日本語/🛟',
  'e\u0301 is not \u00e9',
  'bell\u0007\u0001\u007f',
  '\uffff',
  '\u{10ffff}',
  'x'.repeat(1024),
  'ü'.repeat(512),
]

/** Those of them that can be names of files. */
export const oddNames: readonly string[] = oddKeys.filter((key) => key.length < 200 && !/^\/|\/\/|\.\.|\/$/.test(key))

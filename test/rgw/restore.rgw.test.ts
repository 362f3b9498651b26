// The whole program, without questions, from the dumps in Ceph's S3 to the data in its place: a real sshd, and the real
// curl, tar and shell of this machine.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { clientConfig } from '../lab/cloud/helpers.ts'
import { oddNames } from '../remote/aws/s3-contract/endpoints.ts'
import { dated } from '../rig/dump-scene.ts'
import { runProgram, type Ran } from '../rig/program.ts'
import { startOwnHost, type OwnHost } from './own-host.ts'
import { writtenAt } from './written-at.ts'

const address = inject('rgw')
if (address === undefined) throw new Error('this is for the project rgw: npm run check:rgw')
const s3At = address

const bucket = 'irc-dumps'
const s3 = new S3Client({ ...clientConfig(s3At.url), forcePathStyle: true })
const yesterday = dated(1)

/** What the folder has: odd names, an empty file, and one that comes in three parts. */
const large = Buffer.from(
  createHash('sha256')
    .update('seed')
    .digest('hex')
    .repeat((130 * 1024 * 1024) / 64),
)
const files = new Map<string, Buffer>([
  ...oddNames.map((name): [string, Buffer] => [name, Buffer.from(`content of ${name}`)]),
  ['empty', Buffer.alloc(0)],
  ['deep/er/large', large],
])

const put = (key: string, body: Buffer) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))

/** The folder as tar(1) packs it. */
async function packed(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'))
  for (const [name, body] of files) {
    await mkdir(dirname(join(folder, 'www', name)), { recursive: true })
    await writeFile(join(folder, 'www', name), body)
  }
  const { stdout } = await execa('tar', ['-C', folder, '-czf', '-', 'www'], { encoding: 'buffer' })
  await rm(folder, { recursive: true })
  return Buffer.from(stdout)
}

const trouble = (ran: Ran): unknown => ran.events.find(({ type }) => type === 'step-failed') ?? ran.last?.['error']

const restoring = ({ config, stateDir }: OwnHost, prefix: string, more: readonly string[] = []): Promise<Ran> =>
  runProgram(
    [
      ['restore', '--host', 'box', '--source', 'dump', '--dump', `s3://${bucket}/nightly/${prefix}`],
      ['--to', '/srv/www', ...more, '--yes', '--no-input', '--json', '--config', config, '--state-dir', stateDir],
    ].flat(),
  )

/** The SHA-256 of each file below a folder, by its path, in the order of paths. */
async function contentsOf(box: OwnHost, folder: string): Promise<[string, string][]> {
  // Names may be anything but a NUL.
  const said = await box.ssh(`cd ${folder} && find . -type f -exec sha256sum -z {} + | base64 -w 0`)
  const lines = Buffer.from(said, 'base64').toString().split('\0').slice(0, -1)
  return inOrder(lines.map((line) => [line.slice('./'.length + 66), line.slice(0, 64)]))
}

const inOrder = (contents: readonly [string, string][]): [string, string][] =>
  contents.toSorted(([a], [b]) => (a < b ? -1 : 1))

const expected = inOrder(
  [...files].map(([name, body]) => [name, createHash('sha256').update(body).digest('hex')] as const),
)

/** A host whose service is at work on what a clean-up script has left of its data. */
async function withService(): Promise<OwnHost> {
  const box = await startOwnHost(s3At, { services: ['www.service'], stable_seconds: 1 })
  await box.ssh(
    'mkdir /srv/www && echo left > /srv/www/plain && chown -R daemon /srv/www && systemctl start www.service',
  )
  return box
}

/** What is there after a run: how it ended, what is in the folder, and what is left beside it. */
async function after(box: OwnHost, ran: Ran) {
  return {
    ended: [ran.exitCode, ran.last?.['outcome'], trouble(ran)],
    contents: await contentsOf(box, '/srv/www'),
    said: await box.ssh(
      'cat /srv/www.before-*/plain; stat -c %U /srv/www; systemctl is-active www.service; ls -A /var/lib/lifeboat',
    ),
  }
}

const restored = { ended: [0, 'restored', undefined], contents: expected, said: 'left\ndaemon\nactive' }

beforeAll(async () => {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }))
  for (const [name, body] of files) await put(`nightly/www/${yesterday}/${name}`, body)
  await put(`nightly/tars/${yesterday}/www.tar.gz`, await packed())
  await writtenAt(s3At, bucket, new Date(Date.now() - 86_400_000))
  // Who restores need not be allowed to look at all of a bucket.
  const Condition = { StringNotLike: { 's3:prefix': 'nightly/*' } }
  const denied = { Effect: 'Deny', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}` }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...denied, Condition }] })
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
})
afterAll(() => s3.destroy())

describe('a folder', () => {
  it('of objects comes back whole, whatever the names of its files are', async () => {
    await using box = await withService()
    expect(await after(box, await restoring(box, 'www/'))).toEqual(restored)
  })

  it.each([[[]], [['--fetch', 'ssh']]])('of an archive comes back whole, too: %j', async (flags) => {
    await using box = await withService()
    expect(await after(box, await restoring(box, 'tars/', flags))).toEqual(restored)
  })
})

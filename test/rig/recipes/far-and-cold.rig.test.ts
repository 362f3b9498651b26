// A dump that is hard to get, on the real host: keys of every kind, in a bucket of another region whose policy tells nobody
// where it is, and a part of it in the archive.
import { createHash } from 'node:crypto'
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { oddNames } from '../../remote/aws/s3-contract/endpoints.ts'
import { accessTo, dated, dumpScene, put, type DumpScene } from '../dump-scene.ts'
import { errorOf } from '../faults-page.ts'
import { Rig } from '../rig.ts'
import { served, withDumped, type Dumped } from './dumped.ts'

let rig: Rig
beforeAll(async () => (rig = await Rig.start()))
afterAll(() => rig[Symbol.asyncDispose]())

const far = { Bucket: 'irc-far', region: 'ap-southeast-2' } as const
const prefix = `www/${dated(1)}/`

/** As long as a key may be, in folders whose names a host allows. */
const longest = `${'d'.repeat(200)}/`.repeat(5).padEnd(1024 - prefix.length, 'x')

const contents = new Map([...oddNames, longest].map((name) => [name, `content of ${name}`]))

/** SHA-256 and name of each file, in the order of the names' bytes: as `look` puts them out. */
const expected = [...contents]
  .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  .map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ./${name}\0`)
  .join('')

async function dump(scene: DumpScene): Promise<void> {
  const s3 = new S3Client(accessTo(scene, far.region))
  scene.later(async () => s3.destroy())
  const CreateBucketConfiguration = { LocationConstraint: far.region }
  await s3.send(new CreateBucketCommand({ Bucket: far.Bucket, CreateBucketConfiguration }))
  for (const [name, content] of contents)
    await put(scene, prefix + name, content, { ...far, ...(name === longest ? { StorageClass: 'GLACIER' } : {}) })
  const denied = {
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:GetBucketLocation', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
    Resource: `arn:aws:s3:::${far.Bucket}`,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [denied] })
  await s3.send(new PutBucketPolicyCommand({ Bucket: far.Bucket, Policy }))
}

const folder: Dumped = {
  title: 'a folder',
  entry: { from: `s3://${far.Bucket}/www/`, into: '/srv/www', owner: 'alice:alice' },
  look: 'cd /srv/www && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -z | base64 -w 0',
  make: 'mkdir -p /srv/www && echo old > /srv/www/plain && chown -R alice:alice /srv/www',
  remove: 'rm -rf /srv/www*',
  dump,
  spoil: 'echo broken > /srv/www/plain',
  damaged: 'plain',
}

it(
  'comes back under its names when it is back from the archive, also after a kill meanwhile',
  { tags: ['long'] },
  async () => {
    await using scene = await dumpScene(rig)
    const { spoilt } = await withDumped(scene, folder)
    const restore = [
      ['restore', '--host', 'irc-1', '--source', 'dump', '--dump', folder.entry.from],
      ['--retrieval', 'Expedited', '--yes', '--no-input', '--json'],
    ].flat()
    const killed = await scene.lifeboat(restore, {
      killAt: (event) => event.type === 'command' && event['step'] === 'bring-back' && event['reads'] === false,
    })
    expect([killed.exitCode, errorOf(killed)]).toEqual([null, undefined])
    expect(await served(scene)).toBe(spoilt)
    const ran = await scene.resume(['--yes'])
    expect([ran.exitCode, errorOf(ran), ran.last]).toEqual([
      0,
      undefined,
      expect.objectContaining({ outcome: 'restored' }),
    ])
    expect(Buffer.from(await served(scene), 'base64').toString()).toBe(expected)
    expect(await scene.ssh('stat -c %U /srv/www /srv/www/plain; ls -A /var/lib/lifeboat')).toBe('alice\nalice')
  },
)

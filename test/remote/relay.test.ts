// Parts of objects that this machine gets from the lab's S3 and passes on to a shell.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { WorldBucket } from '../../src/lab/cloud/world.ts'
import type { S3Get } from '../../src/remote/command.ts'
import { relayPart } from '../../src/remote/linux/staging.ts'
import { commandText, connectRemote } from '../../src/remote/remote.ts'
import { world } from '../lab/cloud/helpers.ts'
import { bucket, s3Lab } from '../lab/cloud/s3/helpers.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { awsAt } from './aws/aws-at.ts'
import { thrownBy } from './aws/thrown-by.ts'
import { localHost } from '../../src/remote/host/local-host.ts'

async function lab(objects: NonNullable<WorldBucket['objects']>, more: Partial<WorldBucket> = {}) {
  const at = await s3Lab({ objects, ...more })
  const folder = await temporaryFolder()
  const remote = connectRemote({
    aws: await awsAt(at.cloud.ec2, undefined, at.cloud.s3),
    destination: 'here',
    connect: () => Promise.resolve(localHost('here', { env: process.env, maxOutputBytes: 1_000_000 })),
    becomeRoot: async () => ({ wrap: (line, stdin) => ({ line, stdin }) }),
    hideUrl: () => undefined,
  })
  const whole = { bucket, region: world.region, versionId: null, etag: null, from: null, to: null }
  const part = (key: string, name: string, some: Partial<S3Get> = {}): S3Get => ({
    ...whole,
    key,
    output: join(folder, name),
    ...some,
  })
  return { ...at, remote, part, read: (name: string) => readFile(join(folder, name)) }
}

it('a part arrives byte by byte in the file of its name', async () => {
  const content = randomBytes(300_000)
  await using at = await lab([{ key: 'a', content: { base64: content.toString('base64') } }])
  await Promise.all([
    at.remote.run(relayPart(at.part('a', '00000000.000000', { from: 0, to: 199_999 }), 'a')),
    at.remote.run(relayPart(at.part('a', '00000000.000001', { from: 200_000, to: 299_999 }), 'a')),
  ])
  const parts = await Promise.all(['00000000.000000', '00000000.000001'].map((name) => at.read(name)))
  expect(Buffer.concat(parts).equals(content)).toBe(true)
})

it('an older version is got by its name, and what was written over is not got at all', async () => {
  const objects = [
    { key: 'a', content: { text: 'older' }, versionId: 'v1' },
    { key: 'a', content: { text: 'newer' }, versionId: 'v2' },
  ]
  await using at = await lab(objects, { versioning: 'Enabled' })
  await at.remote.run(relayPart(at.part('a', 'one', { versionId: 'v1' }), 'a'))
  expect(String(await at.read('one'))).toBe('older')
  const other = relayPart(at.part('a', 'two', { etag: '0'.repeat(32) }), 'a')
  expect(await thrownBy(at.remote.run(other))).toMatchObject({ code: 'PreconditionFailed' })
  expect(await thrownBy(at.read('two'))).toMatchObject({ code: 'ENOENT' })
})

it('all parts look the same when they are shown', async () => {
  await using at = await lab([])
  const shown = (name: string): string => commandText(relayPart(at.part('k', name), 's3://b/k'))
  expect(shown('one')).toBe(shown('two'))
  expect(shown('one')).toMatch(
    /cat > "\$name" # on standard input: a part of s3:\/\/b\/k, which this machine has fetched$/,
  )
})

// Parts of objects that this machine gets from the lab's S3 and passes on to a shell.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { WorldBucket } from '../../src/lab/cloud/world.ts'
import type { S3Get } from '../../src/remote/command.ts'
import { relayParts } from '../../src/remote/linux/staging.ts'
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
  const relayed = (...gets: readonly S3Get[]): Promise<string> => remote.run(relayParts(folder, gets, 'a'))
  return { ...at, remote, part, relayed, read: (name: string) => readFile(join(folder, name)) }
}

it('parts arrive byte by byte in the files of their names', async () => {
  const content = randomBytes(300_000)
  const objects = [
    { key: 'a', content: { base64: content.toString('base64') } },
    { key: 'empty', content: { text: '' } },
  ]
  await using at = await lab(objects)
  await Promise.all([
    at.relayed(
      at.part('a', '00000000.000000', { from: 0, to: 199_999 }),
      at.part('a', '00000000.000001', { from: 200_000, to: 299_998 }),
      at.part('empty', '00000001.000000'),
    ),
    at.relayed(at.part('a', '00000000.000002', { from: 299_999, to: 299_999 })),
  ])
  const parts = await Promise.all([0, 1, 2].map((part) => at.read(`00000000.00000${part}`)))
  expect(Buffer.concat(parts).equals(content)).toBe(true)
  expect(await at.read('00000001.000000')).toHaveLength(0)
})

it('hundreds of objects arrive at once', async () => {
  const numbers = Array.from({ length: 300 }, (_, n) => String(n))
  await using at = await lab(numbers.map((n) => ({ key: `k/${n}`, content: { text: n } })))
  await at.relayed(...numbers.map((n) => at.part(`k/${n}`, n)))
  expect((await Promise.all(numbers.map((n) => at.read(n)))).map(String)).toEqual(numbers)
})

it('where one part is refused, none of those beside it is written', async () => {
  await using at = await lab([{ key: 'a', content: { text: 'a' } }])
  expect(await thrownBy(at.relayed(at.part('a', 'one'), at.part('b', 'two')))).toMatchObject({ code: 'NoSuchKey' })
  expect(await thrownBy(at.read('one'))).toMatchObject({ code: 'ENOENT' })
})

it('an older version is got by its name, and what was written over is not got at all', async () => {
  const objects = [
    { key: 'a', content: { text: 'older' }, versionId: 'v1' },
    { key: 'a', content: { text: 'newer' }, versionId: 'v2' },
  ]
  await using at = await lab(objects, { versioning: 'Enabled' })
  await at.relayed(at.part('a', 'one', { versionId: 'v1' }))
  expect(String(await at.read('one'))).toBe('older')
  expect(await thrownBy(at.relayed(at.part('a', 'two', { etag: '0'.repeat(32) })))).toMatchObject({
    code: 'PreconditionFailed',
  })
  expect(await thrownBy(at.read('two'))).toMatchObject({ code: 'ENOENT' })
})

it('all parts look the same when they are shown', async () => {
  await using at = await lab([])
  const shown = (name: string): string => commandText(relayParts('/d e', [at.part('k', name)], 's3://b/k'))
  expect(shown('one')).toBe(shown('two'))
  expect(shown('one')).toBe(
    "tar -C '/d e' -xf - # on standard input: parts of s3://b/k, which this machine has fetched, in an archive",
  )
})

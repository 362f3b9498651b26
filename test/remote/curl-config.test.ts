// What curl gets by signed URLs on its standard input, with a real curl and the lab's S3.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WorldBucket } from '../../src/lab/cloud/world.ts'
import type { Aws } from '../../src/remote/aws/client.ts'
import { headObject } from '../../src/remote/aws/s3.ts'
import { changeLine, type S3Get } from '../../src/remote/command.ts'
import { curlConfig } from '../../src/remote/curl-config.ts'
import type { ExecOptions, Host } from '../../src/remote/host.ts'
import { commandText, connectRemote } from '../../src/remote/remote.ts'
import { RemoteCommandError } from '../../src/text/errors.ts'
import { Secrets } from '../../src/text/redact.ts'
import { world } from '../lab/cloud/helpers.ts'
import { bucket, s3Lab } from '../lab/cloud/s3/helpers.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { awsAt } from './aws/aws-at.ts'
import { thrownBy } from './aws/thrown-by.ts'

const digits = { text: '0123456789' }

/** This machine as the host, and what it was given. */
function thisMachine() {
  const given: ExecOptions[] = []
  const host: Host = {
    destination: 'here',
    user: 'root',
    async exec(line, options) {
      given.push(options)
      const {
        exitCode = 1,
        stdout,
        stderr,
      } = await execa('/bin/sh', ['-c', line], {
        input: options.stdin ?? '',
        reject: false,
      })
      return { code: exitCode, stdout, stderr }
    },
    close: () => Promise.resolve(),
  }
  return { host, given }
}

const remoteWith = (aws: Aws, hidden = new Secrets(), { host } = thisMachine()) =>
  connectRemote({
    aws,
    destination: 'here',
    connect: () => Promise.resolve(host),
    becomeRoot: async () => ({ wrap: (line, stdin) => ({ line, stdin }) }),
    hideUrl: (url) => hidden.addUrl(url),
  })

async function lab(given: Partial<WorldBucket>) {
  const at = await s3Lab(given)
  const folder = await temporaryFolder()
  const aws = await awsAt(at.cloud.ec2, undefined, at.cloud.s3)
  const get = (key: string, more: Partial<S3Get> = {}): S3Get => ({
    bucket,
    region: world.region,
    key,
    versionId: null,
    etag: null,
    from: null,
    to: null,
    output: join(folder, 'out'),
    ...more,
  })
  return { ...at, aws, folder, get, remote: remoteWith(aws) }
}

const fetching = (gets: readonly S3Get[], line = 'curl -sS --config -') => changeLine(line, { gets })

describe('curl, told by its standard input,', () => {
  it('gets several objects and parts of them, each into its file, and says how', async () => {
    await using at = await lab({
      objects: [
        { key: 'a', content: digits },
        { key: 'b', content: { text: 'whole' } },
      ],
    })
    const { etag } = await at.aws.send(headObject(bucket, 'a'))
    const file = (name: string): string => join(at.folder, name)
    const said = await at.remote.run(
      fetching([
        at.get('a', { from: 0, to: 3, etag, output: file('1') }),
        at.get('b', { output: file('a "quoted" \\ name\twith\nlines') }),
        at.get('a', { from: 4, etag, output: file('2') }),
        at.get('a', { to: 1, output: file('3') }),
      ]),
    )
    const read = (name: string): Promise<string> => readFile(file(name), 'utf8')
    expect(await Promise.all(['1', 'a "quoted" \\ name\twith\nlines', '2', '3'].map(read))).toEqual([
      '0123',
      'whole',
      '456789',
      '01',
    ])
    expect(said.split('\n').filter((line) => /^\d{3} /.test(line))).toEqual([
      `206 4 ${file('1')}`,
      expect.stringMatching(/^200 5 /) as unknown,
      `206 6 ${file('2')}`,
      `206 2 ${file('3')}`,
    ])
  })

  it.each([
    'a b+c%20',
    'it\'s "x"',
    '-rf',
    'a/../b',
    'a//./b',
    'two\nlines',
    'Grüße/🛟',
    '[1-3]{a,b}',
    'ü'.repeat(512),
  ])('gets an object of any name: %j', async (key) => {
    await using at = await lab({ objects: [{ key, content: digits }] })
    await at.remote.run(fetching([at.get(key)]))
    expect(await readFile(join(at.folder, 'out'), 'utf8')).toBe(digits.text)
  })

  it('gets the version that was chosen, also when it was written over', async () => {
    const objects = ['old', 'newer'].map((text) => ({ key: 'a', content: { text }, versionId: text }))
    await using at = await lab({ versioning: 'Enabled', objects })
    await at.remote.run(fetching([at.get('a', { versionId: 'old' })]))
    expect(await readFile(join(at.folder, 'out'), 'utf8')).toBe('old')
  })

  it('gets nothing where the object is another one by then', async () => {
    await using at = await lab({ objects: [{ key: 'a', content: digits }] })
    const error = await thrownBy(at.remote.run(fetching([at.get('a', { etag: '0'.repeat(32) })])))
    expect(error).toBeInstanceOf(RemoteCommandError)
    expect(error).toMatchObject({ exitCode: 22, stderrTail: expect.stringContaining('412') as unknown })
  })

  it('is refused when the time of the URL is over', async () => {
    const clock = { at: new Date() }
    await using at = await s3Lab({ objects: [{ key: 'a', content: digits }] }, {}, { clock: () => clock.at })
    const aws = await awsAt(at.cloud.ec2, undefined, at.cloud.s3)
    const get = { bucket, region: world.region, key: 'a', versionId: null }
    const url = await aws.presignGet(get, 60)
    const status = async (): Promise<string> =>
      (
        await execa('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--config', '-'], {
          input: `url = "${url}"`,
        })
      ).stdout
    expect(await status()).toBe('200')
    clock.at = new Date(clock.at.getTime() + 61_000)
    expect(await status()).toBe('403')
  })

  it('is told by a clock that AWS has set right', async () => {
    const ahead = 3 * 3_600_000
    await using at = await s3Lab(
      { objects: [{ key: 'a', content: digits }] },
      {},
      { clock: () => new Date(Date.now() + ahead) },
    )
    const aws = await awsAt(at.cloud.ec2, undefined, at.cloud.s3)
    await aws.send(headObject(bucket, 'a')).catch(() => undefined)
    await aws.send(headObject(bucket, 'a'))
    const url = await aws.presignGet({ bucket, region: world.region, key: 'a', versionId: null }, 60)
    expect((await fetch(url)).status).toBe(200)
  })
})

it('an ETag and a file of any characters change nothing but themselves', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((each) => !each.includes('\0'))
  const option = /^[a-z-]+(?: = (?:\d+|"(?:[^"\\]|\\.)*"))?$/u
  fc.assert(
    fc.property(text, text, (output, etag) => {
      const get = { bucket, region: 'r', key: 'k', versionId: null, from: null, to: null, etag, output }
      const lines = curlConfig([get, get], ['https://h/1', 'https://h/2']).split('\n').slice(0, -1)
      expect(lines.filter((line) => !option.test(line.replaceAll(/[\u2028\u2029]/g, '.')))).toEqual([])
      expect(lines.filter((line) => line.startsWith('output = ') || line === 'next')).toHaveLength(3)
    }),
    { numRuns: 1000 },
  )
})

describe('a signed URL', () => {
  const token = 'FwoGZXIvYXdzE/+x=='
  const temporary = `[default]\naws_access_key_id=${world.accessKeyId}\naws_secret_access_key=${world.secretAccessKey}\naws_session_token=${token}\n`

  it('is in the standard input of its line and nowhere else', async () => {
    await using at = await lab({ objects: [{ key: 'a', content: digits }] })
    const machine = thisMachine()
    const hidden = new Secrets()
    const command = fetching([at.get('a')])
    await remoteWith(at.aws, hidden, machine).run(command)
    expect(machine.given.at(-1)?.stdin).toMatch(/X-Amz-Signature=[0-9a-f]{64}/)
    expect(commandText(command)).toBe(
      'curl -sS --config - # on standard input: a curl config with 1 signed URL, of s3://backups/a',
    )
  })

  it.each(['two\nlines; rm -rf x', '\u2028 x', "'"])('is told of without harm to a shell: %j', async (key) => {
    await using at = await lab({})
    const { stdout } = await execa('/bin/sh', ['-c', commandText(fetching([at.get(key)], 'echo done'))])
    expect(stdout).toBe('done')
  })

  it('that a host repeats, in whole or in part, is not shown', async () => {
    await using at = await lab({})
    const aws = await awsAt(at.cloud.ec2, temporary, at.cloud.s3)
    const hidden = new Secrets()
    const gets = [at.get('a'), at.get('b')]
    const machine = thisMachine()
    const error = await thrownBy(remoteWith(aws, hidden, machine).run(fetching(gets, 'cat >&2; exit 3')))
    const given = String(machine.given.at(-1)?.stdin)
    const signatures = [...given.matchAll(/X-Amz-Signature=([0-9a-f]{64})/g)].map((found) => found[1] ?? '')
    expect(signatures).toHaveLength(2)
    const secrets = [...signatures, token, encodeURIComponent(token)]
    const { stderrTail, message } = error as RemoteCommandError
    for (const shown of [stderrTail, message, ...signatures.map((each) => `signature ${each}!`), `token ${token}`])
      for (const secret of secrets) expect(hidden.redact(shown)).not.toContain(secret)
  })
})

// Who fetches a dump, over the lab's S3 and a host that gets through to it, or does not.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/remote/command.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { carrierChoice } from '../../src/steps/carrier.ts'
import { dumpChoice } from '../../src/steps/dump.ts'
import type { Flags } from '../../src/steps/flags.ts'
import { bucket } from '../lab/cloud/s3/helpers.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { awsRun, type AwsRun } from './aws-run.ts'

interface Answer {
  readonly code: number
  readonly stdout?: string
  readonly stderr?: string
}

const fine = { code: 0, stdout: '206 1 /dev/null\n' }
const refused = { code: 22, stdout: '403 0 /dev/null\n', stderr: 'curl: (22) The requested URL returned error: 403' }
const cutOff = { code: 7, stdout: '000 0 /dev/null\n', stderr: 'curl: (7) Failed to connect' }

async function over(
  answer: Answer,
  flags: Partial<Flags> = {},
  address = '203.0.113.7',
  freeBytes = 1_000_000_000,
  suffix = '',
): Promise<AwsRun> {
  const dump = `s3://${bucket}/www/11-20-2026/`
  const names = suffix === '' ? ['a', 'b'] : [`a${suffix}`]
  const objects = names.map((key) => ({
    key: `www/11-20-2026/${key}`,
    content: { text: key },
    lastModified: '2026-11-20T03:00:00Z',
  }))
  const at = await awsRun({ buckets: [{ name: bucket, objects }] }, { flags: { dump, ...flags } })
  await at.choose(dumpChoice)
  const aws = at.session.remote
  const remote: Remote = {
    ...aws,
    async run<T>(command: Command<T>): Promise<T> {
      if (command.kind === 'aws') return aws.run(command)
      const looked: Answer = { code: 0, stdout: command.line.includes('df ') ? ` ${freeBytes} 9999 /var\n` : address }
      const { stdout = '', stderr = '', code } = command.gets === undefined ? looked : answer
      return command.parse({ code, stdout, stderr })
    },
  }
  Object.assign(at.session, { remote })
  return at
}

describe('a dump is fetched', () => {
  it('by the host, where it gets through', async () => {
    await using at = await over(fine)
    await at.choose(carrierChoice)
    expect(at.run.answer(carrierChoice)).toBe('host')
  })

  it('by the host also where the object that it tries has just been deleted', async () => {
    await using at = await over({
      code: 22,
      stdout: '404 0 /dev/null\n',
      stderr: 'curl: (22) The requested URL returned error: 404',
    })
    await at.choose(carrierChoice)
    expect(at.run.answer(carrierChoice)).toBe('host')
  })

  it('by nobody, where S3 refuses the host: its address is said, and what to do', async () => {
    await using at = await over(refused)
    expect(await thrownBy(at.choose(carrierChoice))).toMatchObject({
      code: 's3-refused-host',
      message: expect.stringContaining('asks from the address 203.0.113.7') as unknown,
      next: [{}, { command: expect.stringContaining('--fetch ssh') as unknown }],
    })
  })

  it('by nobody as it was at a moment: the line that is told to type names the moment and the place, too', async () => {
    await using at = await over(refused, { dumpAsOf: '2026-11-20T12:00:00Z', to: '/srv/my www' })
    expect(await thrownBy(at.choose(carrierChoice))).toMatchObject({
      next: [
        {},
        {
          command: expect.stringMatching(
            /--dump-as-of 2026-11-20T12:00:00.000Z --to '\/srv\/my www' --fetch ssh$/,
          ) as unknown,
        },
      ],
    })
  })

  it('through here, where the host has no way out and that was said', async () => {
    await using at = await over(cutOff, { fetch: 'ssh' }, '')
    await at.choose(carrierChoice)
    expect(at.run.answer(carrierChoice)).toBe('ssh')
    await using told = await over(cutOff, { fetch: 'host' })
    expect(await thrownBy(told.choose(carrierChoice))).toMatchObject({
      message: expect.stringContaining('does not get through to S3: curl: (7)') as unknown,
    })
  })

  it('as whoever is there decides, with nothing suggested where the host may not', async () => {
    await using at = await over(refused, { yes: false }, 'not an address')
    const seen = []
    for await (const each of carrierChoice.options(at.run)) if (each.kind === 'option') seen.push(each)
    expect(seen.map(({ value, disabled }) => [value, disabled === undefined])).toEqual([
      ['host', false],
      ['ssh', true],
    ])
    expect(seen[0]?.disabled).toContain('asks from its address')
    expect(carrierChoice.suggested(at.run, seen)).toBeUndefined()
    expect(await carrierChoice.fromFlags(at.run, seen)).toBeUndefined()
  })
})

/** What is offered, and why not. */
async function offered(at: AwsRun): Promise<(readonly [string, string | undefined])[]> {
  const seen = []
  for await (const each of carrierChoice.options(at.run)) if (each.kind === 'option') seen.push(each)
  expect(carrierChoice.suggested(at.run, seen)?.value).not.toBe('stream')
  return seen.map(({ value, disabled }) => [value, disabled])
}

const narrow = 'the dump has 8 B in 1 object; /var has 5 B free'

describe('where there is no room to stage a dump', () => {
  it('streaming is offered, and the others are not, with the numbers; nothing is suggested', async () => {
    await using at = await over(fine, { yes: false }, '', 5, '.sql.gz')
    expect(await offered(at)).toEqual([
      ['host', narrow],
      ['ssh', narrow],
      ['stream', undefined],
    ])
  })

  it('what to do is said instead of deciding where nobody is there', async () => {
    await using at = await over(fine, {}, '', 5, '.sql.gz')
    expect(await thrownBy(at.choose(carrierChoice))).toMatchObject({
      code: 'no-room',
      message: narrow,
      next: [
        { why: expect.stringContaining('"staging" in the config') as unknown },
        { command: expect.stringMatching(/--dump s3:\S+ --fetch stream$/) as unknown },
      ],
    })
  })

  it('the dump is streamed where that is said', async () => {
    await using at = await over(fine, { fetch: 'stream' }, '', 5, '.sql.gz')
    await at.choose(carrierChoice)
    expect(at.run.answer(carrierChoice)).toBe('stream')
  })

  it('of a kind that has to be files, streaming is refused by what it is, and not told of as a way', async () => {
    await using asked = await over(fine, { fetch: 'stream' }, '', 1)
    expect(await thrownBy(asked.choose(carrierChoice))).toMatchObject({
      code: 'cannot-stream',
      message: "a dump of kind folder can't be streamed: it is a file for each object",
      next: [{ why: expect.stringContaining('"staging" in the config') as unknown }],
    })
    await using at = await over(fine, {}, '', 1)
    expect(await thrownBy(at.choose(carrierChoice))).toMatchObject({ code: 'no-room', next: [{}] })
  })

  it('a host that S3 refuses can stream as little as fetch', async () => {
    await using at = await over(refused, { fetch: 'stream' }, '', 5, '.sql.gz')
    expect(await thrownBy(at.choose(carrierChoice))).toMatchObject({ code: 's3-refused-host' })
  })
})

it('streaming a dump is not offered where it can be staged', async () => {
  await using at = await over(fine, { yes: false }, '', 1_000_000, '.sql.gz')
  expect((await offered(at)).map(([value]) => value)).toEqual(['host', 'ssh'])
})

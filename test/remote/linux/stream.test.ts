// What a host reads from S3 without keeping it, with this machine's own curl, bash, gzip and tar as the host, over the
// lab's S3. What lies between the two can break.
import { execa, execaSync } from 'execa'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { headObject } from '../../../src/remote/aws/s3.ts'
import { checkArchives, checkPostgres, type CheckLine } from '../../../src/remote/linux/check-staged.ts'
import { swapFolder, type FolderSwap } from '../../../src/remote/linux/folder-swap.ts'
import { folderOfArchives } from '../../../src/remote/linux/folder.ts'
import { listStaged } from '../../../src/remote/linux/staging.ts'
import {
  closeStream,
  feedStream,
  openStream,
  rangeFile,
  streamedBytes,
  streamFolder,
} from '../../../src/remote/linux/stream.ts'
import { placeAt, remoteOf, type Place } from '../aws/s3-contract/endpoints.ts'
import { thrownBy } from '../aws/thrown-by.ts'

const run = `20261123-000000-${process.pid.toString(16).padStart(4, '0').slice(-4)}`
const name = '00000000'

let at: Place
let proxy: Server
/** How many bytes of an answer pass; by the number of the request, from 1. */
let passes: (asked: number, range: string) => number
let asked: string[]
let swap: FolderSwap

beforeEach(async () => {
  at = await placeAt({ name: "the lab's S3", isRgw: false })
  passes = () => Infinity
  asked = []
  const s3 = new URL(at.url)
  proxy = createServer((incoming, answer) => {
    const range = incoming.headers.range ?? ''
    asked.push(range)
    const most = passes(asked.length, range)
    const { method, url: path, headers } = incoming
    request({ host: s3.hostname, port: s3.port, method, path, headers: { ...headers, host: s3.host } }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers)
      let sent = 0
      from.on('data', (piece: Buffer) => {
        answer.write(piece.subarray(0, Math.max(0, most - sent)))
        sent += piece.length
        if (sent > most) answer.destroy()
      })
      from.on('end', () => answer.end())
    }).end()
  })
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve)
  })
  const staging = join(at.folder, 'staging')
  mkdirSync(staging)
  swap = { run, into: join(at.folder, 'srv', 'chat'), staging, stream: streamFolder(run) }
})

afterEach(async () => {
  vi.unstubAllEnvs()
  proxy.closeAllConnections()
  proxy.close()
  rmSync(`/run/lifeboat/${run}`, { recursive: true, force: true })
  await at[Symbol.asyncDispose]()
})

/** The URLs lead through what can break. */
const through = (change: (url: string) => string = (url) => url) =>
  remoteOf({
    ...at.aws,
    async presignGet(get, seconds) {
      const url = await at.aws.presignGet(get, seconds)
      return change(url.replace(at.url, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`))
    },
  })

async function fed(key: string, size: number, change?: (url: string) => string): Promise<void> {
  const { etag } = await at.aws.send(headObject(at.bucket, key))
  const remote = through(change)
  const get = at.get(key, { etag, from: 0, to: size - 1, output: rangeFile(run, name) })
  await remote.run(feedStream(run, [get], 's3://contract/'))
  await remote.close()
}

async function stored(key: string, content: Buffer, change?: (url: string) => string): Promise<void> {
  await at.put(key, content)
  await at.remote.run(listStaged(swap.staging, [{ name, path: key }]))
  await at.remote.run(openStream(run))
  await fed(key, content.length, change)
}

const texts = (lines: readonly CheckLine[], kind: CheckLine['kind']): string[] =>
  lines.filter((line) => line.kind === kind).map(({ text }) => text)

const md5 = (content: Buffer): string => createHash('md5').update(content).digest('hex')

/** What pg_dumpall writes of one database, which does not get much smaller by gzip. */
function dumpOf(bytes: number): string {
  const rows = Array.from({ length: Math.ceil(bytes / 100) }, () => randomBytes(50).toString('hex')).join('\n')
  return `--\n-- PostgreSQL database cluster dump\n--\n\nCREATE DATABASE "a b" WITH TEMPLATE = template0;\n\nCREATE TABLE t (a text);\nCOPY public.t (a) FROM stdin;\n${rows}\n\\.\n\n--\n-- PostgreSQL database cluster dump complete\n--\n\n`
}

/** Pauses are as many as in earnest, and none of them lasts. */
function withoutPauses(): void {
  const bin = join(at.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'sleep'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`)
}

const MiB = 1024 * 1024

describe('a dump of PostgreSQL that is streamed', () => {
  it('is read range by range, each once, and is whole; its MD5 comes along, and what its second pass needs is noted', async () => {
    const text = dumpOf(38 * MiB)
    const content = Buffer.from(text)
    await stored('all.sql', content)
    const lines = await at.remote.run(checkPostgres(swap))
    expect(texts(lines, 'problem')).toEqual([])
    expect(texts(lines, 'md5')).toEqual([`${name} ${md5(content)}`])
    expect(texts(lines, 'bytes')).toEqual([String(content.length)])
    expect(texts(lines, 'fact')).toEqual([
      expect.stringMatching(/^all\.sql: databases "a; tables: 1, rows: \d+$/) as unknown,
    ])
    expect(asked).toEqual([
      'bytes=0-3',
      `bytes=0-${16 * MiB - 1}`,
      `bytes=${16 * MiB}-${32 * MiB - 1}`,
      `bytes=${32 * MiB}-${content.length - 1}`,
    ])
    expect(readFileSync(join(swap.staging, `names.${name}`), 'utf8')).toBe(
      'CREATE DATABASE "a b" WITH TEMPLATE = template0;\n',
    )
    expect(await at.remote.run(streamedBytes(run))).toBe(content.length)
  })

  it('has the MD5s of the parts that it was uploaded in, where these are known', async () => {
    const content = Buffer.from(dumpOf(20 * MiB))
    await stored('all.sql', content)
    const size = 8 * MiB
    const lines = await at.remote.run(checkPostgres({ ...swap, partSizes: new Map([[name, size]]) }))
    const parts = [0, 1, 2].map((part) => content.subarray(part * size, (part + 1) * size))
    expect(texts(lines, 'md5')).toEqual(parts.map((part) => `${name} ${md5(part)}`))
    expect(texts(lines, 'problem')).toEqual([])
  })

  it('goes on where it broke, and what reads it sees nothing of that', async () => {
    const content = Buffer.from(dumpOf(30 * MiB))
    await stored('all.sql', content)
    passes = (each) => (each === 2 || each === 4 || each === 5 ? 3 * MiB : Infinity)
    const lines = await at.remote.run(checkPostgres(swap))
    expect(texts(lines, 'problem')).toEqual([])
    expect(texts(lines, 'md5')).toEqual([`${name} ${md5(content)}`])
    const [first, second] = [`bytes=0-${16 * MiB - 1}`, `bytes=${16 * MiB}-${content.length - 1}`]
    expect(asked).toEqual(['bytes=0-3', first, first, second, second, second])
  })

  it('waits for new URLs where the old ones are over', async () => {
    const content = gzipSync(dumpOf(1000))
    await stored('all.sql.gz', content, (url) => url.replace(/X-Amz-Signature=\w{8}/, 'X-Amz-Signature=00000000'))
    const check = at.remote.run(checkPostgres(swap))
    await vi.waitUntil(() => asked.length > 0, { timeout: 20_000 })
    await fed('all.sql.gz', content.length)
    expect(texts(await check, 'problem')).toEqual([])
  })

  it.each([
    ['that was cut off by its upload', (text: string) => text.slice(0, 5000), 'ends without'],
    ['that is no dump', () => 'hello\n', 'ends without'],
  ])('%s is refused', async (_what, change, why) => {
    await stored('all.sql.gz', gzipSync(change(dumpOf(100_000))))
    expect(texts(await at.remote.run(checkPostgres(swap)), 'problem')).toEqual([
      expect.stringContaining(why) as unknown,
    ])
  })

  it('is refused when gzip says that it was cut off', async () => {
    await stored('all.sql.gz', gzipSync(dumpOf(100_000)).subarray(0, 50_000))
    expect(texts(await at.remote.run(checkPostgres(swap)), 'problem')).toEqual([
      expect.stringMatching(/all\.sql\.gz is broken: .*unexpected end of file/) as unknown,
    ])
  })

  it('is not called broken where S3 does not give it: that is said, with the status', async () => {
    withoutPauses()
    await stored('all.sql.gz', gzipSync(dumpOf(100_000)))
    passes = () => 10
    expect(await thrownBy(at.remote.run(checkPostgres(swap)))).toMatchObject({
      exitCode: 23,
      stderrTail: expect.stringMatching(
        /^S3 gave no bytes 0 to \d{4,} of object 1 of the dump: \d{3} curl: /m,
      ) as unknown,
    })
    expect(asked.length).toBeGreaterThan(10)
  })

  it('that was written over is not read, and not asked for again and again', async () => {
    await stored('all.sql.gz', gzipSync(dumpOf(1000)))
    await at.put('all.sql.gz', 'another one')
    expect(await thrownBy(at.remote.run(checkPostgres(swap)))).toMatchObject({
      exitCode: 23,
      stderrTail: expect.stringContaining('S3 gave no bytes 0 to 3 of object 1 of the dump: 412') as unknown,
    })
    expect(asked).toHaveLength(1)
  })

  it('has its URLs where only root may look, in no list of processes, and nowhere in the end', async () => {
    const content = gzipSync(dumpOf(20 * MiB), { level: 1 })
    await stored('all.sql.gz', content)
    const [folder, file] = [streamFolder(run), join(streamFolder(run), 'urls')].map(
      (path) => statSync(path).mode & 0o777,
    )
    expect([folder, file]).toEqual([0o700, 0o600])
    const seen: string[] = []
    passes = () => {
      seen.push(execaSync('ps', ['axeww', '-o', 'args']).stdout)
      return Infinity
    }
    const check = checkPostgres(swap)
    await at.remote.run(check)
    expect(seen.join('\n')).toContain('--config -')
    expect(`${seen.join('\n')}${check.line}`).not.toContain('X-Amz-Signature')
    await at.remote.run(closeStream(run))
    expect(() => statSync(streamFolder(run))).toThrow(/ENOENT/)
  })
})

async function archived(...args: readonly string[]): Promise<Buffer> {
  mkdirSync(swap.into, { recursive: true })
  writeFileSync(join(swap.into, 'data'), randomBytes(20 * MiB))
  writeFileSync(join(swap.into, "it's"), 'new')
  const { stdout } = await execa('tar', [...args], { cwd: at.folder, encoding: 'buffer', maxBuffer: 64 * MiB })
  return Buffer.from(stdout)
}

describe('an archive that is streamed', () => {
  it.each([
    ['-czf', 'its own name', ['-C', 'srv', '-czf', '-', 'chat']],
    ['-czf', 'its own name after a dot', ['-C', 'srv', '-czf', '-', './chat']],
    ['-cf', 'nothing', ['-C', 'srv/chat', '-cf', '-', '.']],
  ])('becomes the folder (tar %s, under %s), which the first pass has measured', async (_how, _what, args) => {
    const content = await archived(...args)
    await stored('chat.tar', content)
    const lines = await at.remote.run(checkArchives(swap))
    expect(texts(lines, 'problem')).toEqual([])
    expect(texts(lines, 'md5')).toEqual([`${name} ${md5(content)}`])
    const wanted = readFileSync(join(swap.into, 'data'))
    writeFileSync(join(swap.into, 'data'), 'old')
    asked = []
    await at.remote.run(folderOfArchives(swap))
    await at.remote.run(swapFolder(swap))
    expect(readFileSync(join(swap.into, 'data')).equals(wanted)).toBe(true)
    expect(readFileSync(join(swap.into, "it's"), 'utf8')).toBe('new')
    // One look at how it begins, and two ranges.
    expect(asked).toHaveLength(3)
  })

  it('without its end is refused, though nothing was compressed', async () => {
    const content = await archived('-C', 'srv', '-cf', '-', 'chat')
    const end = content.length - content.toReversed().findIndex((each) => each !== 0)
    await stored('chat.tar', content.subarray(0, Math.ceil(end / 512) * 512))
    expect(texts(await at.remote.run(checkArchives(swap)), 'problem')).toEqual([
      expect.stringContaining('has no end of an archive') as unknown,
    ])
  })

  it('that breaks off for good in the middle fails as a whole', async () => {
    withoutPauses()
    const content = await archived('-C', 'srv', '-cf', '-', 'chat')
    await stored('chat.tar', content)
    await at.remote.run(checkArchives(swap))
    passes = (_each, range) => (range.startsWith('bytes=16777216-') ? 1000 : Infinity)
    expect(await thrownBy(at.remote.run(folderOfArchives(swap)))).toMatchObject({
      stderrTail: expect.stringMatching(/S3 gave no bytes 16777216 to \d+ of object 1 of the dump/) as unknown,
    })
  })
})

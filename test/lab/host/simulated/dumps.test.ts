// What a restore from dumps asks of a simulated host: fetching over HTTP, and unpacking what came.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { S3Get, ShellCommand } from '../../../../src/remote/command.ts'
import { compressing, decompressed } from '../../../../src/remote/compressed.ts'
import { curlConfig } from '../../../../src/remote/curl-config.ts'
import { checkArchives, checkFiles } from '../../../../src/remote/linux/check-staged.ts'
import { swapFolder } from '../../../../src/remote/linux/folder-swap.ts'
import { folderOfArchives, folderOfObjects } from '../../../../src/remote/linux/folder.ts'
import { lookAtFolder } from '../../../../src/remote/linux/look-at-folder.ts'
import { schedulesThat } from '../../../../src/remote/linux/schedules.ts'
import { digestsIn, fetchParts, listStaged, roomAt, sizesIn } from '../../../../src/remote/linux/staging.ts'
import { startHost, type TestHost } from './host.ts'

const staging = '/var/lib/lifeboat/r1'
const swap = { run: 'r1', into: '/srv/www', staging }

/** As Remote.run does it. */
async function ask<T>({ host }: TestHost, command: ShellCommand<T>): Promise<T> {
  const line = command.compressed === true ? compressing(command.line) : command.line
  const output = await host.run(line, command.stdin === undefined ? {} : { stdin: command.stdin })
  if (!command.accepts.includes(output.code))
    throw new Error(`${command.line} ends with ${output.code}: ${output.stderr}`)
  return command.parse(command.compressed === true ? decompressed(output) : output)
}

/** What answers beside the host; `asked` are the lines of its requests. */
async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? '-'} ${request.headers['if-match'] ?? '-'}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}

const get = (output: string, more: Partial<S3Get> = {}): S3Get => ({
  bucket: 'b',
  region: 'us-east-1',
  key: 'k',
  versionId: null,
  etag: null,
  from: null,
  to: null,
  output: `${staging}/${output}`,
  ...more,
})

const fetching = (gets: readonly S3Get[], urls: readonly string[]) => ({
  ...fetchParts(gets, 's3://b/k'),
  stdin: curlConfig(gets, urls),
})

describe('a simulated host that fetches', () => {
  it('gets wholes and ranges of what it can reach, byte for byte, with the path as it was given', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 34, 92, 128, 7])
    await using http = await serving(({ headers }, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
      const part = from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1)
      response.writeHead(from === undefined ? 200 : 206).end(part)
    })
    await using box = await startHost(false)
    box.host.reaches?.(http.url)
    await box.out(`mkdir -p ${staging}`)
    const gets = [get('0.0', { etag: 'e"1' }), get('1.0', { from: 1, to: 3 })]
    const outcome = await ask(box, fetching(gets, [`${http.url}/a/../b%20c?X-Amz-Signature=1`, `${http.url}/d`]))
    expect(outcome).toEqual({ code: 0, stderr: '', statuses: ['200', '206'] })
    expect(http.asked).toEqual(['/a/../b%20c?X-Amz-Signature=1 - "e"1"', '/d bytes=1-3 -'])
    expect(await box.out(`base64 < ${staging}/0.0`)).toBe(`${bytes.toString('base64')}\n`)
    expect(await ask(box, sizesIn(staging, ['0.0', '1.0', '2.0']))).toEqual(
      new Map([
        ['0.0', 8],
        ['1.0', 3],
      ]),
    )
  })

  it('leaves no file of what is refused, and gets the rest', async () => {
    await using http = await serving(({ url }, response) => {
      response.writeHead(url === '/no' ? 403 : 200).end(url === '/no' ? '<Error/>' : 'yes')
    })
    await using box = await startHost(false)
    box.host.reaches?.(http.url)
    await box.out(`mkdir -p ${staging}`)
    const outcome = await ask(box, fetching([get('0.0'), get('1.0')], [`${http.url}/no`, `${http.url}/yes`]))
    expect(outcome).toEqual({
      code: 22,
      stderr: 'curl: (22) The requested URL returned error: 403\n',
      statuses: ['403', '200'],
    })
    expect(await box.out(`ls ${staging}; cat ${staging}/1.0`)).toBe('1.0\nyes')
  })

  it('tries again what may be gone a moment later', async () => {
    let times = 0
    await using http = await serving((_request, response) => {
      times += 1
      response.writeHead(times < 3 ? 503 : 200).end('at last')
    })
    await using box = await startHost(false)
    box.host.reaches?.(http.url)
    await box.out(`mkdir -p ${staging}`)
    const outcome = ask(box, fetching([get('0.0')], [http.url]))
    await expect.poll(() => times).toBe(1)
    await box.host.advance(1000)
    await expect.poll(() => times).toBe(2)
    await box.host.advance(2000)
    expect(await outcome).toMatchObject({ code: 0, statuses: ['200'] })
    expect(await box.out(`cat ${staging}/0.0`)).toBe('at last')
  })

  it('reaches nothing that it was not told of', async () => {
    await using http = await serving((_request, response) => void response.end('secret'))
    await using box = await startHost(false)
    const outcome = await ask(box, fetching([get('0.0')], [http.url]))
    expect(outcome).toMatchObject({ code: 7, statuses: ['000'] })
    expect(http.asked).toEqual([])
  })

  it('says what there is room for below a folder that is not there yet', async () => {
    await using box = await startHost(false)
    const room = await ask(box, roomAt('/var/lib/none/at/all'))
    expect(room.mountpoint).toBe('/')
    expect(room.freeBytes).toBeGreaterThan(0)
    expect(room.freeFiles).toBeGreaterThan(0)
  })
})

it('a simulated host finds the schedules that write to a bucket, by the scripts that they name', async () => {
  await using box = await startHost(false)
  await box.out("sed -i 's,^tar .*,aws s3 cp /tank/chat s3://irc-dumps/chat/,' /usr/local/bin/chat-backup")
  expect(await ask(box, schedulesThat(['irc-dumps'], ['chat.service']))).toEqual([
    { name: 'chat-backup.service', does: 'writes' },
  ])
})

const withOldFolder = async (box: TestHost): Promise<void> => {
  await box.out(
    `mkdir -p ${staging} /srv/www/sub && echo old > /srv/www/index.html && chown -R alice:alice /srv/www && chmod 700 /srv/www && chmod 640 /srv/www/index.html`,
  )
}

describe('a simulated host that makes a folder', () => {
  it('of objects, with the owners and bits of what it replaces', async () => {
    await using box = await startHost(false)
    await withOldFolder(box)
    expect(await ask(box, lookAtFolder('/srv/www'))).toEqual({
      is: 'folder',
      parent: true,
      dataset: null,
      mountpoint: false,
      mountsBelow: 0,
    })
    const objects = [
      { name: '0', path: 'index.html' },
      { name: '1', path: `it's; $(odd)/-n` },
    ]
    await ask(box, listStaged(staging, objects))
    await box.out(`printf new > ${staging}/0.0; printf 1 > ${staging}/1.0; printf 2 > ${staging}/1.1`)
    expect(await ask(box, digestsIn(staging, new Map()))).toEqual(
      new Map([
        ['0', ['22af645d1859cb5ca6da0c484f1f37ea']],
        ['1', ['c20ad4d76fe97759aa27a0c99bff6710']],
      ]),
    )
    expect(await ask(box, checkFiles(staging))).toEqual([
      { kind: 'bytes', text: '5' },
      { kind: 'fact', text: '2 files' },
    ])
    await ask(box, folderOfObjects(swap))
    await ask(box, swapFolder(swap))
    expect(await box.out('cd /srv/www && find . -type f -exec stat -c "%n %a %U" {} + | sort; cat -- */-n')).toBe(
      "./index.html 640 alice\n./it's; $(odd)/-n 644 alice\n12",
    )
    expect(await box.out('cat /srv/www.before-r1/index.html')).toBe('old\n')
  })

  it('of an archive with bytes that are no characters', async () => {
    await using box = await startHost(false)
    await withOldFolder(box)
    await box.out(`printf '\\351\\377\\0' > /srv/www/index.html; tar -C /srv -cf - www > ${staging}/0.0`)
    await ask(box, listStaged(staging, [{ name: '0', path: 'www.tar' }]))
    await ask(box, folderOfArchives(swap))
    await ask(box, swapFolder(swap))
    expect(await box.out('od -An -tx1 /srv/www/index.html')).toBe(' e9 ff 00\n')
  })

  it.each(['-C / -czf - srv/www', '-C /srv -czf - ./www', '-C /srv/www -cf - .'])(
    'of an archive, whatever leads to it there: tar %s',
    async (args) => {
      await using box = await startHost(false)
      await withOldFolder(box)
      await box.out(`ln -s index.html /srv/www/link; tar ${args} > ${staging}/0.0; echo newer > /srv/www/index.html`)
      await ask(box, listStaged(staging, [{ name: '0', path: 'www.tar.gz' }]))
      expect(await ask(box, checkArchives(swap))).toContainEqual({ kind: 'bytes', text: '4' })
      await ask(box, folderOfArchives(swap))
      await ask(box, swapFolder(swap))
      expect(
        await box.out('cd /srv/www && stat -c "%n %a %U" . index.html sub && cat index.html && readlink link'),
      ).toBe('. 700 alice\nindex.html 640 alice\nsub 755 alice\nold\nindex.html\n')
    },
  )

  it('says of every archive that was cut off that it is broken', async () => {
    await using box = await startHost(false)
    await withOldFolder(box)
    await ask(box, listStaged(staging, [{ name: '0', path: 'www.tar.gz' }]))
    const whole = Buffer.from(await box.out('tar -C / -czf - srv/www | base64'), 'base64')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await box.out(`base64 -d > ${staging}/0.0`, whole.subarray(0, length).toString('base64'))
        const said = await ask(box, checkArchives(swap))
        expect(said).toContainEqual({ kind: 'problem', text: expect.stringContaining('www.tar.gz is broken') })
      }),
      { numRuns: 30 },
    )
  })
})

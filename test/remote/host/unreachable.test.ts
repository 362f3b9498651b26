// What keeps a connection from standing up at all; no sshd is needed for it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type ConnectOptions } from '../../../src/remote/host/ssh-host.ts'
import { closed, listening } from './listening.ts'

const env = { PATH: process.env['PATH'] }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-ssh-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function toBox(settings: readonly string[], options: Partial<ConnectOptions> = {}): Promise<never> {
  const configFile = join(folder, 'config')
  const lines = ['UserKnownHostsFile none', 'GlobalKnownHostsFile none', 'IdentityFile none', ...settings]
  await writeFile(configFile, `Host box\n${lines.map((line) => `  ${line}\n`).join('')}`)
  await connect('box', { configFile, env, ...options })
  return expect.fail('it connects')
}

async function listen(onSocket: (socket: Socket) => void) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined))
    onSocket(socket)
  })
  const port = await listening(server)
  return {
    settings: ['HostName 127.0.0.1', `Port ${port}`],
    async [Symbol.asyncDispose]() {
      for (const each of sockets) each.destroy()
      await closed(server)
    },
  }
}

describe.each(['ssh2', 'openssh'] as const)('a host by %s', { timeout: 60_000 }, (via) => {
  it('without an address is unknown', async () => {
    await expect(toBox(['HostName nowhere.invalid'], { via })).rejects.toMatchObject({
      name: 'PreflightError',
      code: 'host-unknown',
      message: expect.stringContaining('box (nowhere.invalid)'),
    })
  })

  it('where nothing listens is unreachable', async () => {
    const server = await listen(() => undefined)
    await server[Symbol.asyncDispose]()
    await expect(toBox(server.settings, { via })).rejects.toMatchObject({
      code: 'host-unreachable',
      message: expect.stringMatching(/^box \(127\.0\.0\.1 port \d+\) .*refused/),
      next: [{ why: expect.any(String), command: expect.stringMatching(/^ssh -v -F \S+\/config box true$/) }],
    })
  })

  it('that never answers is unreachable after the time allowed', async () => {
    await using server = await listen(() => undefined)
    await expect(toBox(server.settings, { via, connectTimeoutMs: 300 })).rejects.toMatchObject({
      code: 'host-unreachable',
      message: expect.stringContaining('within 0.3 s'),
    })
    await expect(toBox([...server.settings, 'ConnectTimeout 1'], { via })).rejects.toMatchObject({
      message: expect.stringContaining('within 1 s'),
    })
  })

  it('that hangs up is unreachable', async () => {
    await using server = await listen((socket) => socket.end())
    await expect(toBox(server.settings, { via })).rejects.toMatchObject({ code: 'host-unreachable' })
  })

  it('that speaks another protocol is unreachable', async () => {
    await using server = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(2000)))
    await expect(toBox(server.settings, { via })).rejects.toMatchObject({ code: 'host-unreachable' })
  })

  it('is no longer waited for once that is aborted', async () => {
    const controller = new AbortController()
    await using server = await listen(() => controller.abort())
    await expect(toBox(server.settings, { via, signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    await expect(toBox(server.settings, { via, signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
})

describe('a host by ssh2', { timeout: 60_000 }, () => {
  it.each([
    ['ProxyCommand', 'echo no way to %h %p >&2; exit 1', /ProxyCommand echo .*: no way to 127\.0\.0\.1 22$/],
    ['ProxyCommand', '/nowhere/proxy', /ProxyCommand \/nowhere\/proxy: .*not found/],
    ['ProxyJump', 'nowhere.invalid', /ProxyJump nowhere\.invalid: .*resolve hostname/],
  ])('behind a failing %s tells what that says', async (setting, value, message) => {
    await expect(toBox(['HostName 127.0.0.1', `${setting} ${value}`])).rejects.toMatchObject({
      name: 'PreflightError',
      code: 'host-unreachable',
      message: expect.stringMatching(message),
    })
  })

  it.each([['HostKeyAlgorithms', 'sk-ssh-ed25519@openssh.com']])(
    'with %s is refused by the name of the setting',
    async (setting, value) => {
      await expect(toBox(['HostName 127.0.0.1', `${setting} ${value}`])).rejects.toMatchObject({
        name: 'PreflightError',
        code: 'ssh-setting-unsupported',
        message: expect.stringContaining(`${setting} ${value}`),
      })
    },
  )
})

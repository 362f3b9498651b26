// What a command on the host gives back, over a real sshd.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect } from '../../../src/remote/host/ssh-host.ts'
import type { Host } from '../../../src/remote/host.ts'
import { RemoteCommandError } from '../../../src/text/errors.ts'
import { sh } from '../../../src/text/quote.ts'
import { startRelay } from './relay.ts'
import { startSshd, type TestSshd } from './sshd.ts'

const env = { PATH: process.env['PATH'] }
const soon = { timeoutMs: 15_000 }

let sshd: TestSshd
let host: Host

beforeAll(async () => {
  sshd = await startSshd()
  host = await connect('box', { configFile: await sshd.clientConfig(), env })
})
afterAll(async () => {
  await host.close()
  await sshd[Symbol.asyncDispose]()
})

const failure = (promise: Promise<unknown>): Promise<RemoteCommandError> =>
  promise.then(
    () => expect.fail('it succeeds'),
    (error: unknown) => {
      if (error instanceof RemoteCommandError) return error
      throw error
    },
  )

describe('a command on a host', { timeout: 60_000 }, () => {
  it('gives back its output, its errors and its exit code', async () => {
    expect(await host.exec('echo out; echo err >&2; exit 3', soon)).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('reads the whole of its standard input, and its end', async () => {
    expect(await host.exec('cat', { ...soon, stdin: 'one\ntwo' })).toMatchObject({ stdout: 'one\ntwo' })
    expect(await host.exec('cat; echo ended', soon)).toMatchObject({ stdout: 'ended\n' })
  })

  it('carries 5 MB of text there and back unchanged, whatever the pieces are', async () => {
    const stdin = 'Grüße, 世界 🧑‍🚀\0\r\n'.repeat(180_000)
    expect(Buffer.byteLength(stdin)).toBeGreaterThan(5_000_000)
    const { code, stdout } = await host.exec('cat', { ...soon, stdin })
    expect(code).toBe(0)
    expect(stdout === stdin).toBe(true)
  })

  it('ends though nobody reads its input', async () => {
    expect(await host.exec('exit 4', { ...soon, stdin: 'x'.repeat(5_000_000) })).toMatchObject({ code: 4 })
  })

  it('gets every word as it was quoted', async () => {
    const words = [
      "it's",
      'a  b',
      '$HOME',
      '`id`',
      '"',
      '\\',
      '\\n',
      '!!',
      'new\nline',
      '*',
      'é',
      '-n',
      '',
      '%s',
      '\\0041',
    ]
    const { stdout } = await host.exec(sh`printf '%s\\0' ${words}`, soon)
    expect(stdout.split('\0').slice(0, -1)).toEqual(words)
  })

  it('shares one connection with thirty others', async () => {
    const outputs = await Promise.all(Array.from({ length: 30 }, (_, at) => host.exec(sh`echo ${at}`, soon)))
    expect(outputs.map((output) => Number(output.stdout))).toEqual(Array.from({ length: 30 }, (_, at) => at))
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1)
  })

  it('that a signal ends is an error that names the signal', async () => {
    expect(await failure(host.exec('echo dying >&2; kill -9 $$', soon))).toMatchObject({
      code: 'remote-command-failed',
      host: 'box',
      command: 'echo dying >&2; kill -9 $$',
      exitCode: null,
      signal: 'SIGKILL',
      stderrTail: 'dying\n',
      timedOut: false,
    })
  })

  it('that takes too long is given up, and the connection stays', async () => {
    expect(await failure(host.exec('sleep 5', { timeoutMs: 200 }))).toMatchObject({
      code: 'remote-command-timed-out',
      timedOut: true,
    })
    expect(await host.exec('echo still here', soon)).toMatchObject({ stdout: 'still here\n' })
  })

  it('that is aborted rejects with the reason, and the connection stays', async () => {
    const flag = join(sshd.folder, 'running')
    const controller = new AbortController()
    const running = host.exec(sh`: > ${flag}; sleep 5`, { ...soon, signal: controller.signal })
    // Handled from the start, looked at later.
    const settled = Promise.allSettled([running])
    await vi.waitFor(() => expect(existsSync(flag)).toBe(true), { timeout: 10_000 })
    controller.abort()
    expect(await settled).toMatchObject([{ status: 'rejected', reason: { name: 'AbortError' } }])
    expect(await host.exec('echo still here', soon)).toMatchObject({ stdout: 'still here\n' })
  })

  it('is not begun when it was aborted before', async () => {
    const flag = join(sshd.folder, 'never')
    const reason = new Error('changed my mind')
    await expect(host.exec(sh`: > ${flag}`, { ...soon, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await host.exec('true', soon)
    expect(existsSync(flag)).toBe(false)
  })

  it('is refused when no Linux host could take its line', async () => {
    await expect(host.exec(`: ${'x'.repeat(140_000)}`, soon)).rejects.toMatchObject({ code: 'bug' })
    // And the longest that fits does.
    const line = `: ${'x'.repeat(131_071 - 'exec /bin/sh -c ": "'.length)}`
    expect(await host.exec(line, soon)).toMatchObject({ code: 0 })
  })
})

describe('a host with limits', { timeout: 60_000 }, () => {
  it('that allows two sessions runs twelve commands all the same', async () => {
    await using small = await startSshd({ config: ['MaxSessions 2'] })
    const box = await connect('box', { configFile: await small.clientConfig(), env })
    const outputs = await Promise.all(Array.from({ length: 12 }, (_, at) => box.exec(sh`echo ${at}`, soon)))
    expect(outputs.map((output) => Number(output.stdout))).toEqual(Array.from({ length: 12 }, (_, at) => at))
    await box.close()
  })

  it('that allows no session says so', async () => {
    await using closed = await startSshd({ config: ['MaxSessions 0'] })
    const box = await connect('box', { configFile: await closed.clientConfig(), env })
    const error = await failure(box.exec('true', soon))
    expect(error.message).toContain('open failed')
    await box.close()
  })

  it('that says too much is stopped with a clear error', async () => {
    const box = await connect('box', { configFile: await sshd.clientConfig(), env, maxOutputBytes: 1000 })
    await expect(box.exec('yes', soon)).rejects.toMatchObject({
      code: 'remote-output-too-large',
      message: expect.stringContaining('standard output'),
    })
    await expect(box.exec('yes >&2', soon)).rejects.toMatchObject({
      code: 'remote-output-too-large',
      message: expect.stringContaining('standard error'),
    })
    expect(await box.exec('echo still here', soon)).toMatchObject({ stdout: 'still here\n' })
    await box.close()
  })
})

describe('a connection that goes away', { timeout: 60_000 }, () => {
  const lost = { code: 'connection-lost', exitCode: null, signal: null, timedOut: false }

  it('in the middle of a command leaves an unknown end', async () => {
    const box = await connect('box', { configFile: await sshd.clientConfig(), env })
    const [first, second] = await Promise.all([
      failure(box.exec('echo so far >&2; sleep 5', soon)),
      // The parent of the login's shell is sshd's own process for this connection.
      failure(box.exec('kill -9 $PPID; sleep 5', soon)),
    ])
    expect(first).toMatchObject(lost)
    expect(second).toMatchObject(lost)
    expect(await failure(box.exec('true', soon))).toMatchObject(lost)
    await box.close()
  })

  it('is told apart when the network is cut', async () => {
    await using relay = await startRelay(sshd.port)
    const box = await connect('box', { configFile: await sshd.clientConfig({ port: relay.port }), env })
    const running = failure(box.exec('sleep 5', soon))
    await box.exec('true', soon)
    relay.cut()
    expect(await running).toMatchObject(lost)
    await box.close()
  })

  it('is found out though nobody says so', async () => {
    await using relay = await startRelay(sshd.port)
    const config = ['ServerAliveInterval 1']
    const box = await connect('box', { configFile: await sshd.clientConfig({ port: relay.port, config }), env })
    const running = failure(box.exec('sleep 20', { timeoutMs: 25_000 }))
    await box.exec('true', soon)
    relay.goSilent()
    expect(await running).toMatchObject(lost)
    await box.close()
  })

  it('when it is closed by us leaves what still runs with an unknown end', async () => {
    const box = await connect('box', { configFile: await sshd.clientConfig(), env })
    const running = failure(box.exec('sleep 5', soon))
    await box.exec('true', soon)
    await box.close()
    expect(await running).toMatchObject(lost)
    await box.close()
  })
})

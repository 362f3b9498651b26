// What every host promises for a command, whichever way it is reached: ssh2 and the system's ssh, over a real sshd,
// and this machine itself.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect, type ConnectOptions } from '../../../src/remote/host/ssh-host.ts'
import type { Host } from '../../../src/remote/host.ts'
import { RemoteCommandError } from '../../../src/text/errors.ts'
import { sh } from '../../../src/text/quote.ts'
import { startRelay } from './relay.ts'
import { startSshd, type TestSshd } from './sshd.ts'
import { canMakeUsers, startSshdWithUsers } from './users.ts'

const env = { PATH: process.env['PATH'] }
const soon = { timeoutMs: 15_000 }
const lost = { code: 'connection-lost', exitCode: null, signal: null, timedOut: false }

let sshd: TestSshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd[Symbol.asyncDispose]())

const reach = async (
  via: 'ssh2' | 'openssh' | 'local',
  options: Partial<ConnectOptions> = {},
  at: TestSshd = sshd,
): Promise<Host> => connect('box', { configFile: await at.clientConfig(), env, via, ...options })

const failure = (promise: Promise<unknown>): Promise<RemoteCommandError> =>
  promise.then(
    () => expect.fail('it succeeds'),
    (error: unknown) => {
      if (error instanceof RemoteCommandError) return error
      throw error
    },
  )

const logins = (): number => sshd.log().match(/Accepted publickey/g)?.length ?? 0

/** The processes that this one began and that are still there, with theirs. */
async function ours(): Promise<string[]> {
  const { stdout } = await execa('ps', ['-e', '-o', 'pid=,ppid=,args='])
  const all = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
  const below = (parent: string): string[] =>
    all.flatMap(([, pid = '', ppid, args = '']) =>
      ppid === parent && !args.startsWith('ps -e') ? [`${pid} ${args}`, ...below(pid)] : [],
    )
  return below(String(process.pid))
}

describe.each(['ssh2', 'openssh', 'local'] as const)('a command by %s', { timeout: 60_000 }, (via) => {
  let host: Host
  beforeAll(async () => {
    host = await reach(via)
  })
  afterAll(() => host.close())

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

  it('runs beside thirty others, over one connection', async () => {
    const before = logins()
    const outputs = await Promise.all(Array.from({ length: 30 }, (_, at) => host.exec(sh`echo ${at}`, soon)))
    expect(outputs.map((output) => Number(output.stdout))).toEqual(Array.from({ length: 30 }, (_, at) => at))
    expect(logins()).toBe(before)
  })

  it('may end with any exit code', async () => {
    const codes = [1, 126, 127, 128, 137, 254, 255]
    const outputs = await Promise.all(codes.map((code) => host.exec(sh`exit ${code}`, soon)))
    expect(outputs.map((output) => output.code)).toEqual(codes)
  })

  it('that a signal ends is an error that names the signal', async () => {
    expect(await failure(host.exec('echo dying >&2; kill -9 $$', soon))).toMatchObject({
      code: 'remote-command-failed',
      host: 'box',
      command: 'echo dying >&2; kill -9 $$',
      exitCode: null,
      // OpenSSH's own protocol between its processes does not tell which.
      signal: via === 'openssh' ? 'a signal' : 'SIGKILL',
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
    const flag = join(sshd.folder, `running-${via}`)
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
    const flag = join(sshd.folder, `never-${via}`)
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

  it('gets none of our own environment but what a login has', async () => {
    const box = await reach(via, { env: { ...env, AWS_SECRET_ACCESS_KEY: 'hush' } })
    expect((await box.exec('env', soon)).stdout).not.toContain('hush')
    expect(await box.exec('[ "$PWD" = "$HOME" ] && echo home; umask', soon)).toMatchObject({ stdout: 'home\n0022\n' })
    await box.close()
  })

  it('that says too much is stopped with a clear error', async () => {
    const box = await reach(via, { maxOutputBytes: 1000 })
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

  it('that still runs when the host is closed has an unknown end, and no process of ours is left', async () => {
    const before = await ours()
    const box = await reach(via)
    const running = failure(box.exec('sleep 61; sleep 61', { timeoutMs: 70_000 }))
    await box.exec('true', soon)
    await box.close()
    expect(await running).toMatchObject(lost)
    expect(await failure(box.exec('true', soon))).toMatchObject(lost)
    await box.close()
    const left = (await ours()).filter((each) => !before.includes(each))
    // sshd's are its own: it does not end what runs.
    expect(left.filter((each) => !/sshd|sleep 61/.test(each) || via === 'local')).toEqual([])
  })
})

describe('a command on this machine', { timeout: 60_000 }, () => {
  it('that is given up is ended, and what fled from it is not waited for', async () => {
    const host = await reach('local')
    const flag = join(sshd.folder, 'fled')
    const line = sh`setsid sh -c ${sh`: > ${flag}; sleep 6`} & sleep 62`
    expect(await failure(host.exec(line, { timeoutMs: 1000 }))).toMatchObject({ timedOut: true })
    expect(existsSync(flag)).toBe(true)
    const began = performance.now()
    await host.close()
    expect(performance.now() - began).toBeLessThan(4000)
    expect((await ours()).filter((each) => each.includes('sleep 62'))).toEqual([])
  })
})

describe.each(['ssh2', 'openssh'] as const)('a host by %s', { timeout: 60_000 }, (via) => {
  it('that allows two sessions runs twelve commands all the same', async () => {
    await using small = await startSshd({ config: ['MaxSessions 2'] })
    const box = await reach(via, {}, small)
    const outputs = await Promise.all(Array.from({ length: 12 }, (_, at) => box.exec(sh`echo ${at}`, soon)))
    expect(outputs.map((output) => Number(output.stdout))).toEqual(Array.from({ length: 12 }, (_, at) => at))
    await box.close()
  })

  it('that allows no session says so', async () => {
    await using closed = await startSshd({ config: ['MaxSessions 0'] })
    const box = await reach(via, {}, closed)
    const error = await failure(box.exec('true', soon))
    expect(error.message).toMatch(/open (failed|refused)/)
    await box.close()
  })
})

describe.each(['ssh2', 'openssh'] as const)('a connection by %s that goes away', { timeout: 60_000 }, (via) => {
  it('in the middle of a command leaves an unknown end', async () => {
    const box = await reach(via)
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
    const box = await reach(via, { configFile: await sshd.clientConfig({ port: relay.port }) })
    const running = failure(box.exec('sleep 5', soon))
    await box.exec('true', soon)
    relay.cut()
    expect(await running).toMatchObject(lost)
    await box.close()
  })

  it('is found out though nobody says so', async () => {
    await using relay = await startRelay(sshd.port)
    const config = ['ServerAliveInterval 1']
    const box = await reach(via, { configFile: await sshd.clientConfig({ port: relay.port, config }) })
    const running = failure(box.exec('sleep 20', { timeoutMs: 25_000 }))
    await box.exec('true', soon)
    relay.goSilent()
    expect(await running).toMatchObject(lost)
    await box.close()
  })
})

const shells = ['/bin/sh', '/bin/bash', '/bin/zsh', '/bin/ksh', '/bin/tcsh', '/usr/bin/fish'].filter((shell) =>
  existsSync(shell),
)

const name = (shell: string): string => `shell-${shell.split('/').at(-1)}`

describe.skipIf(!canMakeUsers)('a login with another shell', { timeout: 60_000 }, () => {
  let at: TestSshd
  beforeAll(async () => {
    at = await startSshdWithUsers({ users: shells.map((shell) => ({ name: name(shell), shell })) })
  })
  afterAll(() => at[Symbol.asyncDispose]())

  it.each(shells.flatMap((shell) => [[shell, 'ssh2'] as const, [shell, 'openssh'] as const]))(
    'runs lines with /bin/sh all the same: %s by %s',
    async (shell, via) => {
      const box = await reach(via, { configFile: await at.clientConfig({ config: [`User ${name(shell)}`] }) })
      const words = ["it's", '!!', 'new\nline', '\\n', '$HOME']
      const line = sh`for each in ${words}; do printf '%s\\0' "$each"; done; id -un; cat >&2; exit 255`
      expect(await box.exec(line, { ...soon, stdin: 'in' })).toEqual({
        code: 255,
        stdout: `${words.join('\0')}\0${name(shell)}\n`,
        stderr: 'in',
      })
      expect(box.user).toBe(name(shell))
      await box.close()
    },
  )
})

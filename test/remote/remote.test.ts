import { execa } from 'execa'
import { describe, expect, it, vi } from 'vitest'
import type { Aws } from '../../src/remote/aws/client.ts'
import { changeLine, readLine, type Output } from '../../src/remote/command.ts'
import type { ExecOptions, Host } from '../../src/remote/host.ts'
import { commandText, connectRemote } from '../../src/remote/remote.ts'
import { Bug, RemoteCommandError } from '../../src/text/errors.ts'

const noAws: Aws = {
  send: () => Promise.reject(new Error('not asked')),
  presignGet: () => Promise.reject(new Error('not asked')),
  getPart: () => Promise.reject(new Error('not asked')),
}

function fakeHost(output: Output, user = 'root') {
  const calls: { line: string; options: ExecOptions }[] = []
  const close = vi.fn<() => Promise<void>>(() => Promise.resolve())
  const host: Host = {
    destination: 'ann@web',
    user,
    exec(line, options) {
      calls.push({ line, options })
      return Promise.resolve(output)
    },
    close,
  }
  return { host, calls, close }
}

const asRoot = async () => ({ wrap: (line: string, stdin: string | undefined) => ({ line, stdin }) })

const remoteTo = (connect: () => Promise<Host>) =>
  connectRemote({ aws: noAws, destination: 'ann@web', connect, becomeRoot: asRoot, hideUrl: () => undefined })

const remoteOf = (host: Host) => remoteTo(() => Promise.resolve(host))

describe('a command as text', () => {
  it('is shown without its unit and without sudo', () => {
    expect(commandText(changeLine('zpool export tank', { unit: { run: 'r', step: 's', attempt: 1, part: '1' } }))).toBe(
      'zpool export tank',
    )
  })

  it.each(['one\ntwo\n', 'no newline at the end', "$HOME `x` \\ it's\n", '\n\n'])(
    'shows standard input so that a shell reads the same back: %j',
    async (stdin) => {
      const { stdout } = await execa('/bin/sh', ['-c', commandText(changeLine('cat', { stdin }))], {
        stripFinalNewline: false,
      })
      expect(stdout).toBe(stdin.endsWith('\n') ? stdin : `${stdin}\n`)
    },
  )
})

describe('a shell command', () => {
  it('is given its standard input, its time and the signal', async () => {
    const { host, calls } = fakeHost({ code: 0, stdout: 'out', stderr: '' })
    const { signal } = new AbortController()
    await remoteOf(host).run(changeLine('cat', { stdin: 'in', timeoutMs: 7 }), { signal })
    expect(calls.slice(1)).toEqual([{ line: 'cat', options: { stdin: 'in', timeoutMs: 7, signal } }])
  })

  it('that ends with a code that is no answer is an error with what it said last', async () => {
    const { host } = fakeHost({ code: 1, stdout: '', stderr: `${'x'.repeat(3000)}cannot import 'tank'\n` })
    const error: unknown = await remoteOf(host)
      .run(changeLine('zpool import tank'))
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RemoteCommandError)
    expect(error).toMatchObject({
      host: 'ann@web',
      command: 'zpool import tank',
      exitCode: 1,
      code: 'remote-command-failed',
      stderrTail: expect.stringMatching(/^x{1000,}cannot import 'tank'\n$/) as unknown,
    })
  })

  it('may accept other codes as answers', async () => {
    const { host } = fakeHost({ code: 2, stdout: 'none', stderr: '' })
    const command = readLine('zdb -l x', ({ code, stdout }) => `${code} ${stdout}`, { accepts: [0, 2] })
    expect(await remoteOf(host).run(command)).toBe('2 none')
  })

  it('whose answer cannot be read is a bug that names the command', async () => {
    const { host } = fakeHost({ code: 0, stdout: 'no JSON', stderr: '' })
    const command = readLine('lsblk -J', ({ stdout }) => JSON.parse(stdout) as unknown)
    await expect(remoteOf(host).run(command)).rejects.toThrow(Bug)
    await expect(remoteOf(host).run(command)).rejects.toThrow(/the answer to "lsblk -J" can't be read/)
  })
})

describe('the connection to the host', () => {
  it('is made at the first shell command, once, and closed', async () => {
    const { host, close } = fakeHost({ code: 0, stdout: '', stderr: '' })
    const connecting = vi.fn<() => Promise<Host>>(() => Promise.resolve(host))
    const remote = remoteTo(connecting)
    expect(connecting).not.toHaveBeenCalled()
    await Promise.all([remote.run(changeLine('a')), remote.run(changeLine('b'))])
    await remote.close()
    expect(connecting).toHaveBeenCalledOnce()
    expect(close).toHaveBeenCalledOnce()
  })

  it('is not made in order to be closed', async () => {
    const connecting = vi.fn<() => Promise<Host>>(() => Promise.reject(new Error('unreachable')))
    await remoteTo(connecting).close()
    expect(connecting).not.toHaveBeenCalled()
  })

  it('that failed is closed without a word', async () => {
    const remote = remoteTo(() => Promise.reject(new Error('unreachable')))
    await expect(remote.run(changeLine('a'))).rejects.toThrow('unreachable')
    await expect(remote.close()).resolves.toBeUndefined()
  })
})

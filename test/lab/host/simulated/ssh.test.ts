import { readFile, stat, writeFile } from 'node:fs/promises'
import { connect as connectTcp, Socket } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import ssh2 from 'ssh2'
import { describe, expect, it, vi } from 'vitest'
import { connect } from '../../../../src/remote/host/ssh-host.ts'
import type { Host } from '../../../../src/remote/host.ts'
import { becomeRoot } from '../../../../src/remote/privilege.ts'
import { makeKey } from '../../../../src/lab/host/simulated/ssh/keys.ts'
import { startHost, type TestHost } from './host.ts'

async function configFor({ host, folder }: TestHost, user: string): Promise<string> {
  const file = join(folder, `config-${user}`)
  const { port, identityFile, knownHostsFile } = host.ssh
  const lines = [
    'Host box',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  User ${user}`,
    `  IdentityFile ${identityFile}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${knownHostsFile}`,
    '  GlobalKnownHostsFile none',
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  return file
}

const env = { PATH: process.env['PATH'], HOME: '/nonexistent', SSH_AUTH_SOCK: undefined }

const open = async (box: TestHost, user: string, via: 'ssh2' | 'openssh' = 'ssh2'): Promise<Host> =>
  connect('box', { via, configFile: await configFor(box, user), env })

const within = { timeoutMs: 30_000 }

describe('ssh to a simulated host', () => {
  it('writes keys that nobody else can read', async () => {
    await using box = await startHost(false)
    for (const file of [box.host.ssh.identityFile, box.host.ssh.knownHostsFile]) {
      expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600')
    }
  })

  it.each(['ssh2', 'openssh'] as const)(
    'runs lines for the program by %s: output, error, code, standard input',
    async (via) => {
      await using box = await startHost(false)
      const host = await open(box, 'root', via)
      try {
        expect(await host.exec('echo out; echo err >&2; exit 3', within)).toEqual({
          code: 3,
          stdout: 'out\n',
          stderr: 'err\n',
        })
        expect(await host.exec("tr a-z A-Z\necho 'done!'", { ...within, stdin: 'grüße' })).toMatchObject({
          stdout: 'GRüßEdone!\n',
        })
        expect((await host.exec('printf "a\\0b" | head -c 3', within)).stdout).toBe('a\0b')
      } finally {
        await host.close()
      }
    },
  )

  it('sends what it has at once from both ends, and waits for no acknowledgement', async () => {
    await using box = await startHost(false)
    const sockets = vi.spyOn(Socket.prototype, 'setNoDelay')
    const host = await open(box, 'root')
    try {
      await host.exec('true', within)
      expect(new Set(sockets.mock.contexts).size).toBe(2)
      expect(sockets.mock.calls.flat()).not.toContain(false)
    } finally {
      sockets.mockRestore()
      await host.close()
    }
  })

  it('runs many lines at once over one connection', async () => {
    await using box = await startHost(false)
    const host = await open(box, 'root')
    try {
      const lines = Array.from({ length: 30 }, (_none, at) =>
        host.exec(`cat; echo ${at}`, { ...within, stdin: `in ${at} ` }),
      )
      expect((await Promise.all(lines)).map(({ stdout }) => stdout)).toEqual(
        Array.from({ length: 30 }, (_none, at) => `in ${at} ${at}\n`),
      )
    } finally {
      await host.close()
    }
  })

  it('lets admin become root, and limited not', async () => {
    await using box = await startHost(false)
    const [admin, limited] = await Promise.all([open(box, 'admin'), open(box, 'limited')])
    try {
      const privilege = await becomeRoot(admin, async () => null)
      const { line } = privilege.wrap('id -u; id -un', undefined)
      expect((await admin.exec('id -u', within)).stdout).toBe('1000\n')
      expect((await admin.exec(line, within)).stdout).toBe('0\nroot\n')
      await expect(becomeRoot(limited, async () => null)).rejects.toMatchObject({ code: 'sudo-needs-password' })
      expect(await limited.exec('cat /etc/sudoers.d/admin', within)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ermission denied'),
      })
    } finally {
      await Promise.all([admin.close(), limited.close()])
    }
  })

  it('refuses other keys, other users and passwords', async () => {
    await using box = await startHost(false)
    const other = makeKey('other').private
    const right = await readFile(box.host.ssh.identityFile, 'utf8')
    const attempt = (options: object): Promise<string> =>
      new Promise((resolve) => {
        const client = new ssh2.Client()
        client.once('ready', () => resolve('in')).once('error', (error: Error) => resolve(error.message))
        client.once('close', () => client.destroy())
        client.connect({ host: '127.0.0.1', port: box.host.ssh.port, ...options })
      })
    const refused = 'All configured authentication methods failed'
    expect(await attempt({ username: 'root', privateKey: other })).toBe(refused)
    expect(await attempt({ username: 'root', password: 'root' })).toBe(refused)
    expect(await attempt({ username: 'alice', privateKey: right })).toBe(refused)
    expect(await attempt({ username: 'nobody-knows', privateKey: right })).toBe(refused)
  })

  it('answers the system’s ssh, refuses sftp, and says so of what is not there', async () => {
    await using box = await startHost(true)
    const config = await configFor(box, 'root')
    const ssh = (...args: string[]) => execa('ssh', ['-F', config, ...args], { reject: false, stdin: 'ignore' })
    expect(await ssh('box', 'zfs list')).toMatchObject({ exitCode: 0, stdout: 'tank\ntank/chat' })
    expect(await ssh('box', 'docker ps')).toMatchObject({ exitCode: 127, stderr: 'docker: not in this lab' })
    expect((await ssh('-s', 'box', 'sftp')).exitCode).not.toBe(0)
    expect(await ssh('-tt', 'box', 'echo $USER; exit 4')).toMatchObject({ exitCode: 4, stdout: 'root' })
  })

  it('ends everything when it is closed', async () => {
    const box = await startHost(true)
    const { port } = box.host.ssh
    const host = await open(box, 'root')
    const hanging = host.exec('sleep 3600', within).catch((error: unknown) => error)
    // The one that looks, and the one that sleeps: in the order of their numbers' digits.
    await expect.poll(async () => (await box.out('cat /proc/[0-9]*/comm')).match(/^sh$/gm)).toHaveLength(2)
    await box[Symbol.asyncDispose]()
    expect(await hanging).toBeInstanceOf(Error)
    await host.close()
    const refused = new Promise((resolve) =>
      connectTcp(port, '127.0.0.1').once('error', ({ code }: NodeJS.ErrnoException) => resolve(code)),
    )
    expect(await refused).toBe('ECONNREFUSED')
    expect(process.getActiveResourcesInfo().filter((each) => each === 'TCPServerWrap')).toEqual([])
  })
})

async function type(box: TestHost, steps: readonly { readonly keys: string; readonly until: string }[]) {
  const client = new ssh2.Client()
  const ready = new Promise<void>((resolve) => {
    client.once('ready', () => resolve())
  })
  const { port, identityFile } = box.host.ssh
  client.connect({ host: '127.0.0.1', port, username: 'root', privateKey: await readFile(identityFile) })
  await ready
  let shown = ''
  let code: number | undefined
  const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) =>
    client.shell({ term: 'xterm' }, (error, opened) => (error === undefined ? resolve(opened) : reject(error))),
  )
  const over = new Promise((resolve) => channel.once('close', resolve))
  channel.on('data', (piece: Buffer) => {
    shown += piece.toString('utf8')
  })
  channel.on('exit', (given: number) => {
    code = given
  })
  await expect.poll(() => shown).toMatch(/# $/)
  for (const { keys, until } of steps) {
    shown = ''
    channel.write(keys)
    await expect.poll(() => shown).toContain(until)
  }
  channel.write('exit 7\r')
  await over
  client.end()
  return { code }
}

describe('a shell for a person', () => {
  it('keeps its folder, corrects a line, breaks off what runs, and ends with the code of exit', async () => {
    await using box = await startHost(true)
    expect(
      await type(box, [
        { keys: 'cd /tank/chat\r', until: 'root@irc-1:/tank/chat# ' },
        { keys: 'pwdd\x7f\r', until: '/tank/chat\r\n' },
        { keys: 'sleep 3600\r\x03', until: '^C' },
        { keys: 'echo $((6 * 7))\r', until: '42\r\n' },
        { keys: 'help\r', until: 'not in this lab' },
      ]),
    ).toEqual({ code: 7 })
  })

  it('makes the folder that somebody is in busy', async () => {
    await using box = await startHost(true)
    await box.out('systemctl stop chat')
    await type(box, [
      { keys: 'cd /tank/chat\r', until: '/tank/chat# ' },
      { keys: 'umount /tank/chat\r', until: 'target is busy' },
      { keys: 'cd /\r', until: ':/# ' },
    ])
    expect((await box.host.run('umount /tank/chat')).code).toBe(0)
  })
})

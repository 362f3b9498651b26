// Becoming root with a real sudo and its real rules, over a real sshd.
import { createHash, randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../src/remote/host/ssh-host.ts'
import type { Output } from '../../src/remote/command.ts'
import type { Host } from '../../src/remote/host.ts'
import { becomeRoot, type Privilege } from '../../src/remote/privilege.ts'
import type { TestSshd } from './host/sshd.ts'
import { canMakeUsers, startSshdWithUsers } from './host/users.ts'

const env = { PATH: process.env['PATH'] }
const password = 'päss "word" $1'
const nobodyAsked = (): Promise<null> => Promise.resolve(null)
const given = (): Promise<string> => Promise.resolve(password)
// With an empty line, a NUL, and nothing at its end.
const stdin = `first\n\nthird\0\r\n${'Grüße\n'.repeat(20_000)}last`

const users = ['free', 'asked', 'free-tty', 'asked-tty', 'limited', 'nobody-special'] as const
type User = (typeof users)[number]

const sudoers = [
  'free ALL=(ALL:ALL) NOPASSWD: ALL',
  'asked ALL=(ALL:ALL) ALL',
  'free-tty ALL=(ALL:ALL) NOPASSWD: ALL',
  'asked-tty ALL=(ALL:ALL) ALL',
  'limited ALL=(ALL:ALL) NOPASSWD: /usr/bin/id',
  'Defaults:free-tty requiretty',
  'Defaults:asked-tty requiretty',
]

function run(host: Host, privilege: Privilege, line: string, input?: string | Uint8Array): Promise<Output> {
  const wrapped = privilege.wrap(line, input)
  return host.exec(wrapped.line, {
    timeoutMs: 30_000,
    ...(wrapped.stdin === undefined ? {} : { stdin: wrapped.stdin }),
  })
}

describe.skipIf(!canMakeUsers || !existsSync('/usr/bin/sudo'))('a login', { timeout: 60_000 }, () => {
  let sshd: TestSshd
  const hosts: Host[] = []
  beforeAll(async () => {
    sshd = await startSshdWithUsers({ users: users.map((name) => ({ name, password })), sudoers })
  })
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.close()))
    await sshd[Symbol.asyncDispose]()
  })

  async function login(user: User, at = sshd): Promise<Host> {
    const host = await connect('box', { configFile: await at.clientConfig({ config: [`User ${user}`] }), env })
    hosts.push(host)
    return host
  }

  it('that is root runs everything as it is', async () => {
    const host = await connect('box', { configFile: await sshd.clientConfig(), env })
    hosts.push(host)
    const privilege = await becomeRoot(host, nobodyAsked)
    expect(privilege.wrap('id -u', 'in')).toEqual({ line: 'id -u', stdin: 'in' })
  })

  it.each([
    ['free', nobodyAsked],
    ['asked', given],
    ['free-tty', nobodyAsked],
    ['asked-tty', given],
  ] as const)('%s becomes root, and nothing stands between it and the command', async (user, ask) => {
    const host = await login(user)
    const privilege = await becomeRoot(host, ask)
    expect(await run(host, privilege, 'id -u; echo "it\'s" >&2; exit 255')).toEqual({
      code: 255,
      stdout: '0\n',
      stderr: "it's\n",
    })
    const echoed = await run(host, privilege, 'cat; printf "\\n\\377" >&2', stdin)
    expect(echoed.stdout === stdin).toBe(true)
    expect(echoed.stderr).toBe('\n\ufffd')
    const bytes = randomBytes(300_000)
    const digest = createHash('md5').update(bytes).digest('hex')
    expect(await run(host, privilege, 'md5sum', bytes)).toMatchObject({ stdout: `${digest}  -\n` })
    // What the input of a line is otherwise.
    expect(await run(host, privilege, 'cat; echo ended')).toMatchObject({ stdout: 'ended\n', code: 0 })
    const many = await Promise.all(Array.from({ length: 6 }, (_, at) => run(host, privilege, `cat; echo ${at}`, 'x')))
    expect(many.map((each) => each.stdout)).toEqual(['x0\n', 'x1\n', 'x2\n', 'x3\n', 'x4\n', 'x5\n'])
  })

  it('whose password would be remembered gives it each time all the same', async () => {
    const host = await login('asked')
    const privilege = await becomeRoot(host, given)
    const remember = await host.exec('sudo -S -v', { timeoutMs: 30_000, stdin: `${password}\n` })
    expect(remember.code).toBe(0)
    expect(await run(host, privilege, 'cat', 'mine\n')).toMatchObject({ stdout: 'mine\n' })
  })

  it('that needs no password for a command after all does not hand it to the command', async () => {
    const asking = await login('asked')
    const privilege = await becomeRoot(asking, given)
    expect(await run(await login('free'), privilege, 'cat', 'mine\n')).toMatchObject({ stdout: 'mine\n' })
  })

  it('shows its password to nobody who looks at the processes', async () => {
    const host = await login('asked')
    const privilege = await becomeRoot(host, given)
    const look = 'grep -l -a -s -F -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ'
    expect(await run(host, privilege, look, password)).toMatchObject({ stdout: '' })
    // It would be seen.
    const careless = spawn('sleep', ['60'], { env: { PATH: env.PATH, PASSWORD: password } })
    await once(careless, 'spawn')
    expect(await run(host, privilege, look, password)).toMatchObject({ stdout: `/proc/${careless.pid}/environ\n` })
    careless.kill()
  })

  it('is asked again after a wrong password, three times at most', async () => {
    const host = await login('asked')
    const attempts: number[] = []
    const second = (attempt: number): Promise<string> => {
      attempts.push(attempt)
      return Promise.resolve(attempt === 1 ? 'wrong' : password)
    }
    expect(await run(host, await becomeRoot(host, second), 'id -u')).toMatchObject({ stdout: '0\n' })
    expect(attempts).toEqual([1, 2])
    let asked = 0
    const wrong = (): Promise<string> => Promise.resolve(`wrong ${++asked}`)
    await expect(becomeRoot(host, wrong)).rejects.toMatchObject({
      name: 'PreflightError',
      code: 'sudo-needs-password',
      message: expect.stringContaining('none of the 3 passwords'),
    })
    expect(asked).toBe(3)
  })

  it('whom nobody can ask for its password is told how to give it', async () => {
    await expect(becomeRoot(await login('asked'), nobodyAsked)).rejects.toMatchObject({
      code: 'sudo-needs-password',
      next: [{ command: 'lifeboat --host box --secret sudo=@FILE' }],
    })
  })

  it.each([
    ['nobody-special', /not in the sudoers file/],
    ['limited', /not allowed|may not/],
  ] as const)('%s is refused in the words of sudo', async (user, words) => {
    await expect(becomeRoot(await login(user), given)).rejects.toMatchObject({
      name: 'PreflightError',
      code: 'sudo-refused',
      message: expect.stringMatching(words),
    })
  })

  it('is told what lacks where there is no sudo, or no script for its terminal', async () => {
    await using bare = await startSshdWithUsers({
      users: [{ name: 'free' }, { name: 'free-tty' }],
      sudoers,
      without: ['/usr/bin/script'],
    })
    await expect(becomeRoot(await login('free-tty', bare), nobodyAsked)).rejects.toMatchObject({
      code: 'sudo-requires-tty',
      message: expect.stringContaining('script(1)'),
    })
    await using barer = await startSshdWithUsers({ users: [{ name: 'free' }], without: ['/usr/bin/sudo'] })
    await expect(becomeRoot(await login('free', barer), nobodyAsked)).rejects.toMatchObject({
      code: 'sudo-refused',
      message: expect.stringMatching(/sudo.*(not found|denied)/i),
    })
  })
})

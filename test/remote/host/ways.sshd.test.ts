// The ways to a host that only its configuration asks for: jumps, proxies, certificates, and keys that an operator has
// to decide on.
import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect, type ConnectOptions, type HostKeyQuestion } from '../../../src/remote/host/ssh-host.ts'
import type { Host } from '../../../src/remote/host.ts'
import { makeKey, startSshd, type ClientOptions, type TestSshd } from './sshd.ts'

const env = { PATH: process.env['PATH'] }
const soon = { timeoutMs: 15_000 }
const ways = ['ssh2', 'openssh'] as const

let sshd: TestSshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd[Symbol.asyncDispose]())

async function to(client: ClientOptions, options: Partial<ConnectOptions> = {}): Promise<Host> {
  return connect('box', { configFile: await sshd.clientConfig(client), env, ...options })
}

async function works(host: Host): Promise<void> {
  expect(await host.exec('cat; echo err >&2', { ...soon, stdin: 'x'.repeat(300_000) })).toEqual({
    code: 0,
    stdout: 'x'.repeat(300_000),
    stderr: 'err\n',
  })
  await host.close()
}

/** The processes, with their ids, that carry this word in their command line. */
async function running(mark: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-e', '-o', 'pid=,args='])
  return stdout.split('\n').filter((line) => line.includes(mark))
}

const gone = (mark: string): Promise<void> =>
  vi.waitFor(async () => expect(await running(mark)).toEqual([]), { timeout: 10_000 })

describe.each(ways)('a host behind a proxy, by %s', { timeout: 60_000 }, (via) => {
  /** A program that joins its standard input and output to a port. */
  async function relayProgram(name: string): Promise<string> {
    const file = join(sshd.folder, `${name}-${via}.mjs`)
    const lines = [
      "import { connect } from 'node:net'",
      'const [host, port] = process.argv.slice(2)',
      'const socket = connect(Number(port), host)',
      'process.stdin.pipe(socket).pipe(process.stdout)',
    ]
    await writeFile(file, lines.join('\n'))
    return file
  }

  it('is reached by its ProxyCommand, which ends with the connection', async () => {
    const program = await relayProgram('plain')
    const host = await to({ config: [`ProxyCommand ${process.execPath} ${program} %h %p`] }, { via })
    expect(await running(program)).not.toEqual([])
    await works(host)
    expect(await running(program)).toEqual([])
  })

  it('is lost when its ProxyCommand goes away', async () => {
    const program = await relayProgram('killed')
    const host = await to({ config: [`ProxyCommand ${process.execPath} ${program} %h %p`] }, { via })
    const waiting = host.exec('sleep 20', soon).catch((error: unknown) => error)
    await host.exec('true', soon)
    for (const each of await running(`${program} 127.0.0.1`)) process.kill(Number.parseInt(each, 10), 'SIGKILL')
    expect(await waiting).toMatchObject({ code: 'connection-lost' })
    await host.close()
  })

  it('is reached through another host, whose key and login are its own', async () => {
    await using jump = await startSshd()
    const configFile = await sshd.clientConfig({ config: ['ProxyJump bastion'] })
    const bastion = (await readFile(await jump.clientConfig(), 'utf8')).replace('Host box', 'Host bastion')
    await writeFile(configFile, `${await readFile(configFile, 'utf8')}${bastion}`)
    await works(await connect('box', { configFile, env, via }))
    expect(jump.log()).toContain('Accepted publickey')
    await gone(`${configFile} -W`)

    await writeFile(join(jump.folder, 'client-1.known'), '')
    await expect(connect('box', { configFile, env, via })).rejects.toMatchObject({
      code: 'host-unreachable',
      message: expect.stringMatching(/bastion.*known.*host key verification failed|host key verification failed/i),
    })
    await gone(`${configFile} -W`)
  })

  it('that does not answer is given up, and the proxy with it', async () => {
    const program = join(sshd.folder, `silent-${via}`)
    await writeFile(program, '#!/bin/sh\nsleep 600\n', { mode: 0o755 })
    const connecting = to({ config: [`ProxyCommand ${program}`] }, { via, connectTimeoutMs: 1000 })
    await expect(connecting).rejects.toMatchObject({ code: 'host-unreachable' })
    await gone(program)
  })
})

/** An operator who always answers the same. */
const answering = (answer: boolean) => {
  const questions: HostKeyQuestion[] = []
  const askHostKey = (question: HostKeyQuestion): Promise<boolean> => {
    questions.push(question)
    return Promise.resolve(answer)
  }
  return { questions, askHostKey }
}

describe.each(ways)('a host key that is not known, by %s', { timeout: 60_000 }, (via) => {
  it('is asked about, and taken for this time only', async () => {
    const { questions, askHostKey } = answering(true)
    const configFile = await sshd.clientConfig({ knownHosts: '' })
    const offered = { type: 'ssh-ed25519', fingerprint: await sshd.fingerprint('ed25519') }
    await works(await connect('box', { configFile, env, via, askHostKey }))
    expect(questions).toEqual([{ kind: 'unknown', destination: 'box', offered, known: [] }])
    expect(await readFile(`${configFile}.known`, 'utf8')).toBe('')
  })

  it('is judged each time, however many look at once', async () => {
    await using patient = await startSshd({ config: ['MaxStartups 100'] })
    const configFile = await patient.clientConfig({ knownHosts: '' })
    const connecting = Array.from({ length: 12 }, () => connect('box', { configFile, env, via }))
    const refusals = (await Promise.allSettled(connecting)).map((each) => each.status === 'rejected' && each.reason)
    expect(refusals).toEqual(refusals.map(() => expect.objectContaining({ code: 'host-key-unknown' })))
  })

  it('is refused as before when the answer is no', async () => {
    await expect(to({ knownHosts: '' }, { via, askHostKey: answering(false).askHostKey })).rejects.toMatchObject({
      code: 'host-key-unknown',
    })
  })

  it('is not asked about when its fingerprint was named, right or wrong', async () => {
    const { questions, askHostKey } = answering(true)
    await works(await to({ knownHosts: '' }, { via, askHostKey, hostKey: await sshd.fingerprint('ed25519') }))
    const other = await sshd.fingerprint('ecdsa')
    await expect(to({ knownHosts: '' }, { via, askHostKey, hostKey: other })).rejects.toMatchObject({
      code: 'host-key-mismatch',
    })
    expect(questions).toEqual([])
  })

  it('but another than the known one is asked about with both', async () => {
    const other = await makeKey(join(sshd.folder, `other-${via}`))
    const [type = '', blob] = (await readFile(`${other}.pub`, 'utf8')).split(' ')
    const { stdout } = await execa('ssh-keygen', ['-l', '-f', `${other}.pub`])
    const knownHosts = `[127.0.0.1]:${sshd.port} ${type} ${blob}\n`
    const { questions, askHostKey } = answering(true)
    const configFile = await sshd.clientConfig({ knownHosts })
    await works(await connect('box', { configFile, env, via, askHostKey }))
    expect(questions).toMatchObject([
      {
        kind: 'changed',
        offered: { fingerprint: await sshd.fingerprint('ed25519') },
        known: [{ type, fingerprint: stdout.split(' ')[1], file: `${configFile}.known` }],
      },
    ])
    await expect(to({ knownHosts }, { via, askHostKey: answering(false).askHostKey })).rejects.toMatchObject({
      code: 'host-key-changed',
    })
  })

  it('but revoked is never asked about', async () => {
    const { questions, askHostKey } = answering(true)
    const line = await sshd.knownHostsLine('ed25519')
    const knownHosts = `@revoked * ${line.split(' ').slice(1).join(' ')}`
    await expect(to({ knownHosts }, { via, askHostKey })).rejects.toMatchObject({ code: 'host-key-revoked' })
    expect(questions).toEqual([])
  })

  it('is looked for under the name of a machine that no configuration knows yet', async () => {
    const known = (await sshd.knownHostsLine('ed25519')).replace(/^\S+/, 'launched')
    const address = { host: '127.0.0.1', hostKeyAlias: 'launched' }
    const client = { knownHosts: known, config: ['HostName nowhere.invalid'] }
    await expect(to(client, { via })).rejects.toMatchObject({ code: 'host-unknown' })
    await works(await to(client, { via, address }))
  })
})

describe('certificates', { timeout: 60_000 }, () => {
  it('let a login in by the system’s ssh, which is chosen for them', async () => {
    const authority = await makeKey(join(sshd.folder, 'authority'))
    const key = await makeKey(join(sshd.folder, 'certified'))
    await using strict = await startSshd({ config: [`TrustedUserCAKeys ${authority}.pub`, 'AuthorizedKeysFile none'] })
    const { stdout: user } = await execa('id', ['-un'])
    await execa('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-n', user, `${key}.pub`])
    const configFile = await strict.clientConfig({ identityFiles: [key] })
    await works(await connect('box', { configFile, env }))
    await expect(connect('box', { configFile, env, via: 'ssh2' })).rejects.toMatchObject({ code: 'auth-failed' })
    // The same by its name.
    const elsewhere = join(sshd.folder, 'elsewhere.pub')
    await writeFile(elsewhere, await readFile(`${key}-cert.pub`))
    await execa('rm', [`${key}-cert.pub`])
    const config = [`CertificateFile ${elsewhere}`]
    await works(await connect('box', { configFile: await strict.clientConfig({ identityFiles: [key], config }), env }))
  })

  it('vouch for a host whose authority is known', async () => {
    const authority = await makeKey(join(sshd.folder, 'host-authority'))
    await using certified = await startSshd({ hostKeys: ['ed25519'] })
    const hostKey = join(certified.folder, 'host-ed25519')
    await execa('ssh-keygen', ['-q', '-s', authority, '-I', 'test', '-h', '-n', '127.0.0.1', `${hostKey}.pub`])
    await using shown = await startSshd({
      config: [`HostKey ${hostKey}`, `HostCertificate ${hostKey}-cert.pub`, `AuthorizedKeysFile ${sshd.clientKey}.pub`],
      hostKeys: [],
    })
    const knownHosts = `@cert-authority * ${await readFile(`${authority}.pub`, 'utf8')}`
    const client = { identityFiles: [sshd.clientKey], knownHosts }
    await works(await connect('box', { configFile: await shown.clientConfig(client), env }))
    const other = `@cert-authority * ${await readFile(`${sshd.clientKey}.pub`, 'utf8')}`
    const configFile = await shown.clientConfig({ ...client, knownHosts: other })
    await expect(connect('box', { configFile, env })).rejects.toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining('authority'),
    })
  })
})

describe('the system’s ssh', { timeout: 60_000 }, () => {
  it('gets a passphrase that nobody else can see, and leaves nothing behind', async () => {
    const passphrase = 'open sesame ¡ya!'
    const locked = await makeKey(join(sshd.folder, 'locked'), 'ed25519', passphrase)
    await using own = await startSshd({ config: [`AuthorizedKeysFile ${locked}.pub`] })
    const before = await readdir(tmpdir())
    const asked: [string, number][] = []
    const askPassphrase = async (file: string, attempt: number): Promise<string> => {
      asked.push([file, attempt])
      return attempt === 1 ? 'wrong' : passphrase
    }
    const configFile = await own.clientConfig({ identityFiles: [locked] })
    const host = await connect('box', { configFile, env, via: 'openssh', askPassphrase })
    expect(asked).toEqual([
      [locked, 1],
      [locked, 2],
    ])
    const seen = await execa('grep', ['-l', '-a', '-s', '-F', '-r', '-f', '-', ...(await commandLines())], {
      input: passphrase,
      reject: false,
    })
    expect(seen.stdout).toBe('')
    await works(host)
    const left = (await readdir(tmpdir())).filter((each) => !before.includes(each) && /^lifeboat-\w{6}$/.test(each))
    expect(left.filter((each) => existsSync(join(tmpdir(), each, 'askpass')))).toEqual([])
  })

  it('ends when this program is killed', async () => {
    const configFile = await sshd.clientConfig()
    const script = `
      import { connect } from ${JSON.stringify(join(import.meta.dirname, '../../../src/remote/host/ssh-host.ts'))}
      await connect('box', { configFile: process.argv[1], env: process.env, via: 'openssh' })
      console.log('connected')
      setInterval(() => undefined, 1000)`
    const child = execa(process.execPath, ['--input-type=module', '-e', script, configFile], {
      env: { ...env, TMPDIR: sshd.folder },
      reject: false,
      buffer: false,
    })
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect((await running(`ssh -N`)).filter((line) => line.includes(configFile))).not.toEqual([])
    child.kill('SIGKILL')
    await child
    await gone(configFile)
    const left = async (): Promise<string[]> =>
      (await readdir(sshd.folder)).filter((each) => /^lifeboat-\w{6}$/.test(each))
    await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000 })
  })
})

/** What everybody can read of the processes. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((each) => /^\d+$/.test(each))
  return pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
}

// Who is trusted and who is let in, with a real sshd, a real ssh-agent and OpenSSH's own known_hosts files.
import { copyFile, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type ConnectOptions } from '../../../src/remote/host/ssh-host.ts'
import { LifeboatError } from '../../../src/text/errors.ts'
import { startAgent } from './agent.ts'
import { makeKey, startSshd, type ClientOptions, type TestSshd } from './sshd.ts'

const env = { PATH: process.env['PATH'] }

let sshd: TestSshd
beforeAll(async () => {
  sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] })
})
afterAll(() => sshd[Symbol.asyncDispose]())

/** Connects, runs one command and goes: `in`, or the error. */
async function tryIn(client: ClientOptions, options: Partial<ConnectOptions> = {}): Promise<'in' | LifeboatError> {
  try {
    const host = await connect('box', { configFile: await sshd.clientConfig(client), env, ...options })
    const { stdout } = await host.exec('echo in', { timeoutMs: 15_000 })
    expect(host).toMatchObject({ destination: 'box', user: userInfo().username })
    await host.close()
    expect(stdout).toBe('in\n')
    return 'in'
  } catch (error) {
    if (error instanceof LifeboatError) return error
    throw error
  }
}

const commands = (error: 'in' | LifeboatError): string[] =>
  error === 'in' ? [] : error.next.map((next) => next.command)

describe('the host key', { timeout: 60_000 }, () => {
  it('that known_hosts holds is trusted', async () => {
    expect(await tryIn({})).toBe('in')
  })

  it('is found under a hashed name', async () => {
    const configFile = await sshd.clientConfig()
    await execa('ssh-keygen', ['-H', '-f', `${configFile}.known`])
    expect(await readFile(`${configFile}.known`, 'utf8')).toMatch(/^\|1\|/)
    const host = await connect('box', { configFile, env })
    await host.close()
  })

  it.each(['ecdsa', 'rsa'] as const)('of which only the %s one is known is no changed key', async (type) => {
    expect(await tryIn({ knownHosts: await sshd.knownHostsLine(type) })).toBe('in')
  })

  it('is found under its alias', async () => {
    const known = (await sshd.knownHostsLine('ed25519')).replace(/^\S+/, 'the-box')
    expect(await tryIn({ knownHosts: known, config: ['HostKeyAlias the-box'] })).toBe('in')
    expect(await tryIn({ knownHosts: known })).toMatchObject({ code: 'host-key-unknown' })
  })

  it('that is not known is refused with its fingerprint and the flag that accepts it', async () => {
    const fingerprint = await sshd.fingerprint('ed25519')
    const error = await tryIn({ knownHosts: '', config: ['StrictHostKeyChecking no'] })
    expect(error).toMatchObject({ code: 'host-key-unknown', message: expect.stringContaining(fingerprint) })
    expect(commands(error)).toContain(`lifeboat --host box --host-key ${fingerprint}`)
  })

  it('that is not known is trusted with exactly its fingerprint', async () => {
    expect(await tryIn({ knownHosts: '' }, { hostKey: await sshd.fingerprint('ed25519') })).toBe('in')
    const other = await sshd.fingerprint('ecdsa')
    expect(await tryIn({ knownHosts: '' }, { hostKey: other })).toMatchObject({
      code: 'host-key-mismatch',
      message: expect.stringContaining(other),
    })
  })

  it('that is known is refused all the same when another was named', async () => {
    expect(await tryIn({}, { hostKey: await sshd.fingerprint('ed25519') })).toBe('in')
    expect(await tryIn({}, { hostKey: await sshd.fingerprint('ecdsa') })).toMatchObject({ code: 'host-key-mismatch' })
  })

  it('that is another than the known one is refused with both, also against a flag', async () => {
    const other = await makeKey(join(sshd.folder, 'other-host'))
    const { stdout } = await execa('cut', ['-d', ' ', '-f', '1,2', `${other}.pub`])
    const { stdout: printed } = await execa('ssh-keygen', ['-l', '-f', `${other}.pub`])
    const knownHosts = `[127.0.0.1]:${sshd.port} ${stdout}\n`
    const fingerprint = await sshd.fingerprint('ed25519')
    for (const options of [{}, { hostKey: fingerprint }]) {
      const error = await tryIn({ knownHosts }, options)
      expect(error).toMatchObject({ code: 'host-key-changed', message: expect.stringContaining(fingerprint) })
      expect(error).toMatchObject({ message: expect.stringContaining(printed.split(' ')[1] ?? 'none') })
      expect(commands(error)[0]).toContain(`ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f `)
    }
  })

  it('that the host no longer has any of the known types for counts as changed', async () => {
    await using rebuilt = await startSshd({ hostKeys: ['ed25519'] })
    const line = (await sshd.knownHostsLine('ecdsa')).replace(/^\S+/, `[127.0.0.1]:${rebuilt.port}`)
    const configFile = await rebuilt.clientConfig({ knownHosts: line })
    await expect(connect('box', { configFile, env })).rejects.toMatchObject({ code: 'host-key-changed' })
  })

  it('that is revoked is refused', async () => {
    const line = await sshd.knownHostsLine('ed25519')
    const revoked = `@revoked * ${line.split(' ').slice(1).join(' ')}`
    expect(await tryIn({ knownHosts: line + revoked })).toMatchObject({ code: 'host-key-revoked' })
    expect(await tryIn({ knownHosts: revoked }, { hostKey: await sshd.fingerprint('ed25519') })).toMatchObject({
      code: 'host-key-revoked',
    })
  })

  it('that only an authority vouches for is unknown, and the message tells of the authority', async () => {
    const line = `@cert-authority * ${(await sshd.knownHostsLine('ecdsa')).split(' ').slice(1).join(' ')}`
    expect(await tryIn({ knownHosts: line })).toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining('certificate authority'),
    })
  })
})

describe('the login', { timeout: 60_000 }, () => {
  it('is refused with a wrong key, and the key is named', async () => {
    const wrong = await makeKey(join(sshd.folder, 'wrong'))
    expect(await tryIn({ identityFiles: [wrong] })).toMatchObject({
      code: 'auth-failed',
      message: expect.stringMatching(new RegExp(`${wrong}.*accepts publickey`)),
    })
  })

  it('tries the next file after a broken, a missing and a wrong one', async () => {
    const broken = join(sshd.folder, 'broken')
    await copyFile('/dev/null', broken)
    const wrong = await makeKey(join(sshd.folder, 'wrong-again'))
    const missing = join(sshd.folder, 'missing')
    expect(await tryIn({ identityFiles: [missing, broken, wrong, sshd.clientKey] })).toBe('in')
    expect(await tryIn({ identityFiles: [missing, broken] })).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining(broken),
    })
    expect(await tryIn({ identityFiles: [missing] })).toMatchObject({ message: expect.stringContaining(missing) })
  })

  it('is let in by the agent', async () => {
    await using agent = await startAgent(sshd.folder, [sshd.clientKey])
    const none = { identityFiles: ['none'] }
    expect(await tryIn(none)).toMatchObject({ code: 'auth-failed' })
    expect(await tryIn(none, { env: { ...env, SSH_AUTH_SOCK: agent.socket } })).toBe('in')
    expect(await tryIn({ ...none, config: [`IdentityAgent ${agent.socket}`] })).toBe('in')
    expect(
      await tryIn({ ...none, config: ['IdentityAgent none'] }, { env: { ...env, SSH_AUTH_SOCK: agent.socket } }),
    ).toMatchObject({ code: 'auth-failed' })
  })

  it('survives an agent that is gone', async () => {
    const gone = { env: { ...env, SSH_AUTH_SOCK: join(sshd.folder, 'no-agent') } }
    expect(await tryIn({}, gone)).toBe('in')
    expect(await tryIn({ identityFiles: ['none'] }, gone)).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('does not answer'),
    })
  })

  it('takes the configured key first out of a full agent, whose others would use up the attempts', async () => {
    const others: string[] = []
    for (let at = 0; at < 7; at++) others.push(await makeKey(join(sshd.folder, `other-${at}`)))
    await using agent = await startAgent(sshd.folder, [...others, sshd.clientKey])
    const options = { env: { ...env, SSH_AUTH_SOCK: agent.socket } }
    expect(await tryIn({ identityFiles: ['none'] }, options)).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('takes no further key'),
    })
    expect(await tryIn({}, options)).toBe('in')
    // Only its public part lies here: the agent has the rest.
    const only = join(sshd.folder, 'only-public')
    await copyFile(`${sshd.clientKey}.pub`, `${only}.pub`)
    expect(await tryIn({ identityFiles: [only], config: ['IdentitiesOnly yes'] }, options)).toBe('in')
  })

  it('asks for a passphrase only when nothing else lets it in', async () => {
    const locked = await makeKey(join(sshd.folder, 'locked'), 'ed25519', 'open sesame')
    const asked: [string, number][] = []
    const askPassphrase = (file: string, attempt: number): Promise<string> => {
      asked.push([file, attempt])
      return Promise.resolve(attempt === 1 ? 'wrong' : 'open sesame')
    }
    expect(await tryIn({ identityFiles: [locked, sshd.clientKey] }, { askPassphrase })).toBe('in')
    expect(asked).toEqual([])

    await using own = await startSshd({ config: [`AuthorizedKeysFile ${locked}.pub`] })
    const configFile = await own.clientConfig({ identityFiles: [locked] })
    const host = await connect('box', { configFile, env, askPassphrase })
    await host.close()
    expect(asked).toEqual([
      [locked, 1],
      [locked, 2],
    ])
  })

  it('names the key whose passphrase nobody gives', async () => {
    const locked = await makeKey(join(sshd.folder, 'locked-too'), 'rsa', 'open sesame')
    const expected = { code: 'key-needs-passphrase', message: expect.stringContaining(locked) }
    const error = await tryIn({ identityFiles: [locked] })
    expect(error).toMatchObject(expected)
    expect(commands(error)).toEqual([`ssh-add ${locked}`])
    expect(await tryIn({ identityFiles: [locked] }, { askPassphrase: () => Promise.resolve(null) })).toMatchObject(
      expected,
    )
    const refuse = new LifeboatError({ code: 'stopped', message: 'the operator stops' })
    expect(await tryIn({ identityFiles: [locked] }, { askPassphrase: () => Promise.reject(refuse) })).toBe(refuse)
  })

  it('tells that a key was accepted where the host wants more', async () => {
    await using strict = await startSshd({
      config: ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'],
    })
    const connecting = connect('box', { configFile: await strict.clientConfig(), env })
    await expect(connecting).rejects.toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('also wants password'),
    })
  })

  it('says which file can’t be read', async () => {
    expect(await tryIn({ identityFiles: [sshd.folder] })).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining(`${sshd.folder} can’t be used: EISDIR`),
    })
  })
})

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

const ways = ['ssh2', 'openssh'] as const

/** Connects, runs one command and goes: `in`, or the error. */
async function tryIn(
  via: (typeof ways)[number],
  client: ClientOptions,
  options: Partial<ConnectOptions> = {},
): Promise<'in' | LifeboatError> {
  try {
    const host = await connect('box', { configFile: await sshd.clientConfig(client), env, via, ...options })
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

describe.each(ways)('the host key by %s', { timeout: 60_000 }, (via) => {
  it('that known_hosts holds is trusted', async () => {
    expect(await tryIn(via, {})).toBe('in')
  })

  it('is found under a hashed name', async () => {
    const configFile = await sshd.clientConfig()
    await execa('ssh-keygen', ['-H', '-f', `${configFile}.known`])
    expect(await readFile(`${configFile}.known`, 'utf8')).toMatch(/^\|1\|/)
    const host = await connect('box', { via, configFile, env })
    await host.close()
  })

  it.each(['ecdsa', 'rsa'] as const)('of which only the %s one is known is no changed key', async (type) => {
    expect(await tryIn(via, { knownHosts: await sshd.knownHostsLine(type) })).toBe('in')
  })

  it('is found under its alias', async () => {
    const known = (await sshd.knownHostsLine('ed25519')).replace(/^\S+/, 'the-box')
    expect(await tryIn(via, { knownHosts: known, config: ['HostKeyAlias the-box'] })).toBe('in')
    expect(await tryIn(via, { knownHosts: known })).toMatchObject({ code: 'host-key-unknown' })
  })

  it('that is not known is refused with its fingerprint and the flag that accepts it', async () => {
    const fingerprint = await sshd.fingerprint('ed25519')
    const error = await tryIn(via, { knownHosts: '', config: ['StrictHostKeyChecking no'] })
    expect(error).toMatchObject({ code: 'host-key-unknown', message: expect.stringContaining(fingerprint) })
    expect(commands(error)).toContain(`lifeboat --host box --host-key ${fingerprint}`)
  })

  it('that is not known is trusted with exactly its fingerprint', async () => {
    expect(await tryIn(via, { knownHosts: '' }, { hostKey: await sshd.fingerprint('ed25519') })).toBe('in')
    const other = await sshd.fingerprint('ecdsa')
    expect(await tryIn(via, { knownHosts: '' }, { hostKey: other })).toMatchObject({
      code: 'host-key-mismatch',
      message: expect.stringContaining(other),
    })
  })

  it('that is known is refused all the same when another was named', async () => {
    expect(await tryIn(via, {}, { hostKey: await sshd.fingerprint('ed25519') })).toBe('in')
    expect(await tryIn(via, {}, { hostKey: await sshd.fingerprint('ecdsa') })).toMatchObject({
      code: 'host-key-mismatch',
    })
  })

  it('that is another than the known one is refused with both, also against a flag', async () => {
    const other = await makeKey(join(sshd.folder, `other-host-${via}`))
    const { stdout } = await execa('cut', ['-d', ' ', '-f', '1,2', `${other}.pub`])
    const { stdout: printed } = await execa('ssh-keygen', ['-l', '-f', `${other}.pub`])
    const knownHosts = `[127.0.0.1]:${sshd.port} ${stdout}\n`
    const fingerprint = await sshd.fingerprint('ed25519')
    for (const options of [{}, { hostKey: fingerprint }]) {
      const error = await tryIn(via, { knownHosts }, options)
      expect(error).toMatchObject({ code: 'host-key-changed', message: expect.stringContaining(fingerprint) })
      expect(error).toMatchObject({ message: expect.stringContaining(printed.split(' ')[1] ?? 'none') })
      expect(commands(error)[0]).toContain(`ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f `)
    }
  })

  it('that the host no longer has any of the known types for counts as changed', async () => {
    await using rebuilt = await startSshd({ hostKeys: ['ed25519'] })
    const line = (await sshd.knownHostsLine('ecdsa')).replace(/^\S+/, `[127.0.0.1]:${rebuilt.port}`)
    const configFile = await rebuilt.clientConfig({ knownHosts: line })
    await expect(connect('box', { via, configFile, env })).rejects.toMatchObject({ code: 'host-key-changed' })
  })

  it('that is revoked is refused', async () => {
    const line = await sshd.knownHostsLine('ed25519')
    const revoked = `@revoked * ${line.split(' ').slice(1).join(' ')}`
    expect(await tryIn(via, { knownHosts: line + revoked })).toMatchObject({ code: 'host-key-revoked' })
    expect(await tryIn(via, { knownHosts: revoked }, { hostKey: await sshd.fingerprint('ed25519') })).toMatchObject({
      code: 'host-key-revoked',
    })
  })

  it('that only an authority vouches for is unknown, and the message tells of the authority', async () => {
    const line = `@cert-authority * ${(await sshd.knownHostsLine('ecdsa')).split(' ').slice(1).join(' ')}`
    expect(await tryIn(via, { knownHosts: line })).toMatchObject({
      code: 'host-key-unknown',
      message: expect.stringContaining('certificate authority'),
    })
  })
})

describe.each(ways)('the login by %s', { timeout: 60_000 }, (via) => {
  it('is refused with a wrong key, and the key is named', async () => {
    const wrong = await makeKey(join(sshd.folder, `wrong-${via}`))
    expect(await tryIn(via, { identityFiles: [wrong] })).toMatchObject({
      code: 'auth-failed',
      message: expect.stringMatching(new RegExp(`${wrong}.*accepts publickey`)),
    })
  })

  it('tries the next file after a broken, a missing and a wrong one', async () => {
    const broken = join(sshd.folder, `broken-${via}`)
    await copyFile('/dev/null', broken)
    const wrong = await makeKey(join(sshd.folder, `wrong-again-${via}`))
    const missing = join(sshd.folder, `missing-${via}`)
    expect(await tryIn(via, { identityFiles: [missing, broken, wrong, sshd.clientKey] })).toBe('in')
    expect(await tryIn(via, { identityFiles: [missing, broken] })).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining(broken),
    })
    expect(await tryIn(via, { identityFiles: [missing] })).toMatchObject({ message: expect.stringContaining(missing) })
  })

  it('is let in by the agent', async () => {
    await using agent = await startAgent(sshd.folder, [sshd.clientKey])
    const none = { identityFiles: ['none'] }
    expect(await tryIn(via, none)).toMatchObject({ code: 'auth-failed' })
    expect(await tryIn(via, none, { env: { ...env, SSH_AUTH_SOCK: agent.socket } })).toBe('in')
    expect(await tryIn(via, { ...none, config: [`IdentityAgent ${agent.socket}`] })).toBe('in')
    expect(
      await tryIn(via, { ...none, config: ['IdentityAgent none'] }, { env: { ...env, SSH_AUTH_SOCK: agent.socket } }),
    ).toMatchObject({ code: 'auth-failed' })
  })

  it('survives an agent that is gone', async () => {
    const gone = { env: { ...env, SSH_AUTH_SOCK: join(sshd.folder, 'no-agent') } }
    expect(await tryIn(via, {}, gone)).toBe('in')
    expect(await tryIn(via, { identityFiles: ['none'] }, gone)).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('does not answer'),
    })
  })

  it('takes the configured key first out of a full agent, whose others would use up the attempts', async () => {
    const others: string[] = []
    for (let at = 0; at < 7; at++) others.push(await makeKey(join(sshd.folder, `other-${at}-${via}`)))
    await using agent = await startAgent(sshd.folder, [...others, sshd.clientKey])
    const options = { env: { ...env, SSH_AUTH_SOCK: agent.socket } }
    expect(await tryIn(via, { identityFiles: ['none'] }, options)).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('takes no further key'),
    })
    expect(await tryIn(via, {}, options)).toBe('in')
    // Only its public part lies here: the agent has the rest.
    const only = join(sshd.folder, `only-public-${via}`)
    await copyFile(`${sshd.clientKey}.pub`, `${only}.pub`)
    expect(await tryIn(via, { identityFiles: [only], config: ['IdentitiesOnly yes'] }, options)).toBe('in')
  })

  it('asks for a passphrase only when nothing else lets it in', async () => {
    const locked = await makeKey(join(sshd.folder, `locked-${via}`), 'ed25519', 'open sesame')
    const asked: [string, number][] = []
    const askPassphrase = (file: string, attempt: number): Promise<string> => {
      asked.push([file, attempt])
      return Promise.resolve(attempt === 1 ? 'wrong' : 'open sesame')
    }
    expect(await tryIn(via, { identityFiles: [locked, sshd.clientKey] }, { askPassphrase })).toBe('in')
    expect(asked).toEqual([])

    await using own = await startSshd({ config: [`AuthorizedKeysFile ${locked}.pub`] })
    const configFile = await own.clientConfig({ identityFiles: [locked] })
    const host = await connect('box', { via, configFile, env, askPassphrase })
    await host.close()
    expect(asked).toEqual([
      [locked, 1],
      [locked, 2],
    ])
  })

  it('names the key whose passphrase nobody gives', async () => {
    const locked = await makeKey(join(sshd.folder, `locked-too-${via}`), 'rsa', 'open sesame')
    await using own = await startSshd({ config: [`AuthorizedKeysFile ${locked}.pub`] })
    const configFile = await own.clientConfig({ identityFiles: [locked] })
    const refusal = (askPassphrase?: ConnectOptions['askPassphrase']): Promise<unknown> =>
      connect('box', { via, configFile, env, askPassphrase }).catch((error: unknown) => error)
    const expected = {
      code: 'key-needs-passphrase',
      message: expect.stringContaining(locked),
      next: [{ command: `ssh-add ${locked}` }],
    }
    expect(await refusal()).toMatchObject(expected)
    expect(await refusal(() => Promise.resolve(null))).toMatchObject(expected)
    const attempts: number[] = []
    const wrong = (_file: string, attempt: number): Promise<string> => {
      attempts.push(attempt)
      return Promise.resolve(`wrong ${attempt}`)
    }
    expect(await refusal(wrong)).toMatchObject(expected)
    expect(attempts).toEqual([1, 2, 3])
    const refuse = new LifeboatError({ code: 'stopped', message: 'the operator stops' })
    expect(await refusal(() => Promise.reject(refuse))).toBe(refuse)
  })

  it('tells that a key was accepted where the host wants more', async () => {
    await using strict = await startSshd({
      config: ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'],
    })
    const connecting = connect('box', { via, configFile: await strict.clientConfig(), env })
    await expect(connecting).rejects.toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('also wants password'),
    })
  })

  it('says which file can’t be read', async () => {
    expect(await tryIn(via, { identityFiles: [sshd.folder] })).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining(`${sshd.folder} can’t be used: EISDIR`),
    })
  })
})

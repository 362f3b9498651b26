// The effective ssh configuration: read from the real `ssh -G`, and its parser alone.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSettings, settingLines, type SshSettings } from '../../../src/remote/host/parse-settings.ts'
import { sshSettings } from '../../../src/remote/host/ssh-settings.ts'

const env = { PATH: process.env['PATH'], SSH_AUTH_SOCK: '/run/agent', OTHER_AGENT: '/run/other', KEYS: '/keys' }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-ssh-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function settingsOf(lines: readonly string[], destination = 'box'): Promise<SshSettings> {
  const configFile = join(folder, 'config')
  await writeFile(configFile, `${lines.join('\n')}\n`)
  return sshSettings(destination, { configFile, env })
}

describe('ssh -G', () => {
  it('gives the settings of Host, Match and Include with their tokens replaced', async () => {
    await writeFile(join(folder, 'included'), 'Host box\n  Port 2222\n  IdentitiesOnly yes\n')
    const { homedir } = userInfo()
    expect(
      await settingsOf([
        `Include ${join(folder, 'included')}`,
        'Host box',
        '  HostName %h.Example.COM',
        '  User admin',
        '  IdentityFile ~/.ssh/%h-%r',
        '  IdentityFile ${KEYS}/%n%%',
        '  IdentityFile none',
        '  CertificateFile ~/cert-%p',
        '  HostKeyAlias Alias',
        '  HostKeyAlgorithms ssh-ed25519,rsa-sha2-256',
        `  UserKnownHostsFile ~/known-%h "${folder}/with blank"`,
        '  GlobalKnownHostsFile none',
        '  ConnectTimeout 7',
        '  ServerAliveInterval 9',
        '  AddressFamily inet',
        '  BindAddress 127.0.0.1',
        '  ProxyCommand none',
        'Match host box.example.com',
        '  ProxyJump bastion',
      ]),
    ).toEqual({
      destination: 'box',
      hostname: 'box.example.com',
      port: 2222,
      user: 'admin',
      hostKeyAlias: expect.stringMatching(/^alias$/i),
      hostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-256'],
      knownHostsFiles: [`${homedir}/known-box.example.com`, `${folder}/with blank`],
      identityFiles: [`${homedir}/.ssh/box.example.com-admin`, '/keys/box%'],
      certificateFiles: [`${homedir}/cert-2222`],
      identitiesOnly: true,
      agentSocket: '/run/agent',
      configFile: expect.stringMatching(/\/config$/) as unknown,
      proxyJump: null,
      proxyCommand: null,
      openSshOnly: [],
      addressFamily: 'inet',
      bindAddress: '127.0.0.1',
      connectTimeoutMs: 7000,
      serverAliveIntervalMs: 9000,
    } satisfies Record<keyof SshSettings, unknown>)
  })

  it.each([
    ['none', null],
    ['SSH_AUTH_SOCK', '/run/agent'],
    ['$OTHER_AGENT', '/run/other'],
    ['$NO_AGENT', null],
    ['/run/%h', '/run/box'],
  ])('with IdentityAgent %s asks the agent at %s', async (setting, agentSocket) => {
    expect(await settingsOf(['Host box', `IdentityAgent ${setting}`])).toMatchObject({ agentSocket })
  })

  it('has defaults', async () => {
    const settings = await settingsOf([], 'ssh://me@box:24')
    expect(settings).toMatchObject({ hostname: 'box', port: 24, user: 'me', proxyJump: null, connectTimeoutMs: null })
    expect(settings.hostKeyAlgorithms).toContain('ssh-ed25519')
    expect(settings.identityFiles).toContain(join(userInfo().homedir, '.ssh/id_ed25519'))
    expect(settings.knownHostsFiles).toContain(join(userInfo().homedir, '.ssh/known_hosts'))
  })

  it.each(['-oProxyCommand=touch x', '-V', '', 'a b', 'a\nb', 'a\0b'])('refuses %j as a destination', async (name) => {
    await expect(settingsOf([], name)).rejects.toMatchObject({ name: 'UsageError', code: 'usage' })
  })

  it('reports what is wrong with a configuration', async () => {
    await expect(settingsOf(['NoSuchThing yes'])).rejects.toMatchObject({
      name: 'PreflightError',
      code: 'ssh-config-invalid',
      message: expect.stringMatching(/nosuchthing/i),
    })
    await expect(sshSettings('box', { env, configFile: join(folder, 'missing') })).rejects.toMatchObject({
      code: 'ssh-config-invalid',
    })
  })

  it('says when ssh is not on this machine', async () => {
    await expect(sshSettings('box', { env: { PATH: folder } })).rejects.toMatchObject({
      name: 'PreflightError',
      code: 'ssh-missing',
    })
  })
})

describe('its parser', () => {
  const local = { home: '/home/me', user: 'me', uid: 1000, hostname: 'laptop.lan' }
  const parse = (printed: string, vars: Record<string, string> = {}): SshSettings =>
    parseSettings(printed, { destination: 'box', local, env: vars })
  const path = fc
    .array(fc.stringMatching(/^[\w.][\w. -]{0,10}[\w.]$/), { minLength: 1, maxLength: 4 })
    .map((names) => `/${names.join('/')}`)

  it('reads anything without a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (printed) => {
        const settings = parse(printed)
        expect(settings.knownHostsFiles).not.toContain('none')
      }),
    )
  })

  it('keeps each value of each keyword, in order', () => {
    const keyword = fc.stringMatching(/^[a-z]{1,6}$/)
    const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(keyword, value)), (pairs) => {
        const read = settingLines(pairs.map((pair) => `${pair.join(' ')}\n`).join(''))
        const expected = Map.groupBy(pairs, ([name]) => name)
        expect([...read]).toEqual([...expected].map(([name, all]) => [name, all.map((pair) => pair[1])]))
      }),
    )
  })

  it('tells the known-hosts files of one line apart, blanks in their names included', () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 4 }), (paths) => {
        expect(parse(`userknownhostsfile ${paths.join(' ')}`).knownHostsFiles).toEqual(paths)
      }),
    )
  })

  it('replaces tokens once: what they bring in is no token', () => {
    const printed = 'hostname %p\nport 23\nuser %h\nidentityfile ~/%h-%r-%%h-%i-%u-%L-%l-%d-%k-${A}-${B}-%Z\n'
    expect(parse(printed, { A: '%p' }).identityFiles).toEqual([
      '/home/me/%p-%h-%h-1000-me-laptop-laptop.lan-/home/me-%p-%p-${B}-%Z',
    ])
    expect(parse('identityfile ~').identityFiles).toEqual(['/home/me'])
    expect(parse('identityfile ~other/key').identityFiles).toEqual(['~other/key'])
  })

  it('leaves a path without tokens as it is', () => {
    fc.assert(
      fc.property(path, (file) => {
        expect(parse(`identityfile ${file}`).identityFiles).toEqual([file])
      }),
    )
  })
})

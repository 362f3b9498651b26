// What takes a connection beyond ssh2.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needsOpenSsh } from '../../../src/remote/host/choose-way.ts'
import type { KnownKey } from '../../../src/remote/host/known-hosts.ts'
import { sshSettings } from '../../../src/remote/host/ssh-settings.ts'
import { startAgent } from './agent.ts'
import { makeKey } from './sshd.ts'

const env = { PATH: process.env['PATH'] }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-way-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function needs(lines: readonly string[], known: readonly KnownKey[] = []): Promise<boolean> {
  const configFile = join(folder, 'config')
  await writeFile(configFile, `Host box\n${['IdentityFile none', ...lines].map((line) => `  ${line}\n`).join('')}`)
  return needsOpenSsh(await sshSettings('box', { env, configFile }), known, env)
}

const knownBy = (marker: KnownKey['marker']): KnownKey => ({
  type: 'ssh-ed25519',
  blobBase64: 'AAAA',
  fingerprint: 'SHA256:x',
  marker,
  file: '/known_hosts',
})

describe('the system’s ssh is needed', () => {
  it('for nothing that is plain', async () => {
    const plain = await makeKey(join(folder, 'plain'))
    expect(await needs([`IdentityFile ${plain}`, `IdentityFile ${folder}/missing`, 'ProxyJump bastion'])).toBe(false)
    expect(await needs([], [knownBy('none')])).toBe(false)
    expect(await needs([], [knownBy('none'), knownBy('cert-authority')])).toBe(false)
  })

  it('for a host of which only an authority is known', async () => {
    expect(await needs([], [knownBy('cert-authority')])).toBe(true)
  })

  it('for a certificate, by its name or beside its key', async () => {
    const key = await makeKey(join(folder, 'certified'))
    expect(await needs([`IdentityFile ${key}`])).toBe(false)
    await execa('ssh-keygen', ['-q', '-s', await makeKey(join(folder, 'authority')), '-I', 'test', `${key}.pub`])
    expect(await needs([`IdentityFile ${key}`])).toBe(true)
    expect(await needs([`CertificateFile ${key}-cert.pub`])).toBe(true)
    await using agent = await startAgent(folder, [key])
    // The agent took the certificate with it.
    expect(await needs([`IdentityAgent ${agent.socket}`])).toBe(true)
  })

  it('for a key in a FIDO token, which its public and its private file tell', async () => {
    const file = join(folder, 'token')
    await writeFile(`${file}.pub`, 'sk-ssh-ed25519@openssh.com AAAA me@laptop\n')
    expect(await needs([`IdentityFile ${file}`])).toBe(true)
    const body = Buffer.from('openssh-key-v1\0\0\0\0\x1ask-ssh-ed25519@openssh.com').toString('base64')
    const alone = join(folder, 'token-alone')
    const lines = body.match(/.{1,20}/g) ?? []
    await writeFile(
      alone,
      ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n'),
    )
    expect(await needs([`IdentityFile ${alone}`])).toBe(true)
  })

  it.each(['ProxyUseFdpass yes', 'PKCS11Provider /usr/lib/token.so', 'KnownHostsCommand /usr/bin/keys %H'])(
    'for %s',
    async (line) => {
      expect(await needs([line])).toBe(true)
    },
  )
})

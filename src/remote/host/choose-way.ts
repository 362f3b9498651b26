// Which settings take a connection beyond what ssh2 can do.
import { readFile } from 'node:fs/promises'
import type { KnownKey } from './known-hosts.ts'
import type { SshSettings } from './parse-settings.ts'
import { openSsh, type SettingsOptions } from './ssh-settings.ts'

const readable = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

// Keys in a FIDO token begin so, also within the private file, whose public half is never encrypted.
const tokenKey = /sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com/

async function identityNeedsOpenSsh(file: string): Promise<boolean> {
  const [certificate, publicKey, key] = await Promise.all([`${file}-cert.pub`, `${file}.pub`, file].map(readable))
  if (certificate !== '' || tokenKey.test(publicKey ?? '')) return true
  const body = (key ?? '').replaceAll(/-----.*-----|\s/g, '')
  return tokenKey.test(key ?? '') || tokenKey.test(Buffer.from(body, 'base64').toString('latin1'))
}

async function agentNeedsOpenSsh(socket: string | null, env: SettingsOptions['env']): Promise<boolean> {
  if (socket === null) return false
  const { exitCode, stdout } = await openSsh('ssh-add', ['-L'], { ...env, SSH_AUTH_SOCK: socket })
  return exitCode === 0 && /^(?:sk-|\S+-cert-v01@openssh\.com)/m.test(stdout)
}

/**
 * Whether only the system's ssh can use all that these settings name: certificates, keys in FIDO tokens or behind
 * PKCS#11, a host known by its certificate authority alone.
 */
export async function needsOpenSsh(
  settings: SshSettings,
  known: readonly KnownKey[],
  env: SettingsOptions['env'],
): Promise<boolean> {
  if (settings.openSshOnly.length > 0 || settings.certificateFiles.length > 0) return true
  const kinds = new Set(known.map((key) => key.marker))
  if (kinds.has('cert-authority') && !kinds.has('none')) return true
  const needs = await Promise.all([
    agentNeedsOpenSsh(settings.agentSocket, env),
    ...settings.identityFiles.map(identityNeedsOpenSsh),
  ])
  return needs.includes(true)
}

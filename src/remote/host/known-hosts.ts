// Asks `ssh-keygen -F` what known_hosts holds for a host: it reads hashed names, wildcards and markers as ssh does.
import { fingerprint } from './host-key.ts'
import type { SshSettings } from './parse-settings.ts'
import { openSsh, type SettingsOptions } from './ssh-settings.ts'

/** A line of a known_hosts file that applies to the host. */
export interface KnownKey {
  /** As in known_hosts: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  readonly type: string
  readonly blobBase64: string
  /** `SHA256:…`, as ssh shows it. */
  readonly fingerprint: string
  readonly marker: 'none' | 'revoked' | 'cert-authority'
  readonly file: string
}

const markers: Readonly<Record<string, KnownKey['marker']>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
}

/** How known_hosts names a host: a port other than 22 is part of the name, an alias replaces both. */
export const knownName = (settings: Pick<SshSettings, 'hostname' | 'port' | 'hostKeyAlias'>): string => {
  const { hostname, port, hostKeyAlias } = settings
  if (hostKeyAlias !== null) return hostKeyAlias.toLowerCase()
  return port === 22 ? hostname.toLowerCase() : `[${hostname.toLowerCase()}]:${port}`
}

/** @param printed what `ssh-keygen -F` wrote: comments, and the lines that were found */
export function parseKnownKeys(printed: string, file: string): KnownKey[] {
  return printed.split(/\r?\n/).flatMap((line): KnownKey[] => {
    if (line.startsWith('#')) return []
    const fields = line.trim().split(/\s+/)
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined
    const [, type, blobBase64] = fields
    if (type === undefined || blobBase64 === undefined || !/^[A-Za-z0-9+/]+=*$/.test(blobBase64)) return []
    const found: Omit<KnownKey, 'marker'> = {
      type,
      blobBase64,
      fingerprint: fingerprint(Buffer.from(blobBase64, 'base64')),
      file,
    }
    const kind = marker === undefined ? 'none' : markers[marker]
    return kind === undefined ? [] : [{ ...found, marker: kind }]
  })
}

/**
 * Every key that the known_hosts files of these settings hold for the host. A file that is missing or can't be
 * read holds none: the host is then unknown, never trusted.
 * @throws PreflightError `ssh-missing`
 */
export async function knownKeys(settings: SshSettings, env: SettingsOptions['env']): Promise<readonly KnownKey[]> {
  const name = knownName(settings)
  const found = await Promise.all(
    settings.knownHostsFiles.map(async (file) => {
      const { stdout } = await openSsh('ssh-keygen', ['-F', name, '-f', file], env)
      return parseKnownKeys(stdout, file)
    }),
  )
  return found.flat()
}

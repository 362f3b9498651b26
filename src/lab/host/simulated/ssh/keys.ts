// The keys of the host and of those who log in, made anew for each host, and the files that ssh wants of them.
import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2 from 'ssh2'

export interface SshAccess {
  readonly host: string
  readonly port: number
  readonly user: 'root'
  /** 0600. The same key opens `root`, `admin` (sudo without a password) and `limited` (no sudo). */
  readonly identityFile: string
  readonly knownHostsFile: string
}

export interface HostKeys {
  readonly hostPrivate: string
  /** `ssh-ed25519 BLOB`. */
  readonly hostPublic: string
  readonly clientPrivate: string
  readonly clientPublic: string
}

const withoutComment = (key: string): string => key.trim().split(' ').slice(0, 2).join(' ')

/** ssh2 makes a key now and then that it can't read itself. */
export function makeKey(comment: string): { readonly private: string; readonly public: string } {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    if (!(ssh2.utils.parseKey(key.private) instanceof Error)) return key
  }
}

export function makeKeys(hostName: string): HostKeys {
  const host = makeKey(hostName)
  const client = makeKey('lab')
  return {
    hostPrivate: host.private,
    hostPublic: withoutComment(host.public),
    clientPrivate: client.private,
    clientPublic: withoutComment(client.public),
  }
}

/** `SHA256:…`, as ssh-keygen shows a public key. */
export const fingerprint = (publicKey: string): string =>
  `SHA256:${createHash('sha256')
    .update(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'))
    .digest('base64')
    .replace(/=+$/, '')}`

/** Writes them into a folder, which is made if it's absent. */
export async function writeSshFiles(
  folder: string,
  keys: HostKeys,
  { host, port }: Pick<SshAccess, 'host' | 'port'>,
): Promise<SshAccess> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const identityFile = join(folder, 'id_lab')
  const knownHostsFile = join(folder, 'known_hosts')
  // `mode` counts only for a new file, and ssh refuses a key that others can read.
  await rm(identityFile, { force: true })
  await writeFile(identityFile, keys.clientPrivate, { mode: 0o600 })
  await writeFile(knownHostsFile, `[${host}]:${port} ${keys.hostPublic}\n`, { mode: 0o600 })
  return { host, port, user: 'root', identityFile, knownHostsFile }
}

export async function removeSshFiles({ identityFile, knownHostsFile }: SshAccess): Promise<void> {
  for (const file of [identityFile, knownHostsFile]) await rm(file, { force: true })
}

// Which key the system's ssh may trust, where its own files don't decide: the offered one is learnt, judged and pinned.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectTimedOut, UntrustedHostKey } from './connect-errors.ts'
import { connectTimeout } from './connection.ts'
import { hostKeyAlgorithms, judgeHostKey, type HostKeyTrust } from './host-key.ts'
import { knownName, parseKnownKeys, type KnownKey } from './known-hosts.ts'
import { openSshFailed } from './open-ssh-errors.ts'
import type { SshSettings } from './parse-settings.ts'
import type { ConnectOptions } from './ssh-host.ts'
import { openSsh, sshArguments } from './ssh-settings.ts'

/** One attempt to get to a host. */
export interface Attempt {
  readonly settings: SshSettings
  readonly known: readonly KnownKey[]
  readonly trust: HostKeyTrust
  readonly options: ConnectOptions
  /** One that only we can enter; for the sockets, and the key that was accepted. */
  readonly folder: string
}

type SshOptions = Readonly<Record<string, string | number>>

export const asFlags = (options: SshOptions): string[] =>
  Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])

/** What holds for every connection, whatever the configuration says: nothing is asked, forwarded or written down. */
export const quiet = ({ settings, options }: Attempt): SshOptions => ({
  RequestTTY: 'no',
  RemoteCommand: 'none',
  ClearAllForwardings: 'yes',
  CheckHostIP: 'no',
  UpdateHostKeys: 'no',
  VerifyHostKeyDNS: 'no',
  PasswordAuthentication: 'no',
  KbdInteractiveAuthentication: 'no',
  // A little more than we wait, so that it is we who tell.
  ConnectTimeout: Math.ceil(connectTimeout(settings, options) / 1000) + 5,
})

/** Only what is in this file is known. */
const only = ({ settings }: Attempt, file: string): SshOptions => ({
  UserKnownHostsFile: `"${file}"`,
  GlobalKnownHostsFile: '/dev/null',
  ...(settings.openSshOnly.includes('knownhostscommand') ? { KnownHostsCommand: 'none' } : {}),
})

const algorithms = ({ settings }: Attempt, known: readonly KnownKey[]): SshOptions => ({
  HostKeyAlgorithms: hostKeyAlgorithms(settings.hostKeyAlgorithms, known).join(','),
})

/**
 * Lets ssh write down the key that the host offers, without logging in.
 * @throws UntrustedHostKey; PreflightError when none is offered
 */
export async function trustedKey(attempt: Attempt): Promise<KnownKey> {
  const { settings, known, trust, options, folder } = attempt
  const file = join(folder, 'offered')
  const flags = asFlags({
    ...quiet(attempt),
    ...algorithms(attempt, known),
    ...only(attempt, file),
    BatchMode: 'yes',
    StrictHostKeyChecking: 'accept-new',
    LogLevel: 'INFO',
    HashKnownHosts: 'no',
    ControlPath: 'none',
    PubkeyAuthentication: 'no',
    HostbasedAuthentication: 'no',
    GSSAPIAuthentication: 'no',
  })
  const args = [...flags, ...sshArguments(settings.destination, options), 'true']
  const env = { ...options.env, SSH_ASKPASS_REQUIRE: 'never' }
  const timeoutMs = connectTimeout(settings, options)
  const limits = { timeout: timeoutMs, cancelSignal: options.signal }
  const { stderr, timedOut } = await openSsh('ssh', args, env, limits)
  options.signal?.throwIfAborted()
  const [offered] = parseKnownKeys(await readFile(file, 'utf8').catch(() => ''), file)
  if (offered === undefined) {
    throw timedOut
      ? connectTimedOut(settings, timeoutMs)
      : await openSshFailed({ settings, said: stderr, asked: new Set(), mayAsk: false, env: options.env })
  }
  const verdict = judgeHostKey(Buffer.from(offered.blobBase64, 'base64'), known, trust)
  if (verdict.kind !== 'known') throw new UntrustedHostKey(verdict)
  return offered
}

/** Makes exactly this key the only one that ssh trusts. */
export async function pinned(attempt: Attempt, key: KnownKey): Promise<SshOptions> {
  const file = join(attempt.folder, 'pinned')
  await writeFile(file, `${knownName(attempt.settings)} ${key.type} ${key.blobBase64}\n`, { mode: 0o600 })
  return { ...algorithms(attempt, [key]), ...only(attempt, file) }
}

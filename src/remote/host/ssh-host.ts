// Connects to a host by the way that fits it: ssh2, the system's ssh, or none at all when it is this machine.
import type { Host } from '../host.ts'
import { hostKeyRefused, UntrustedHostKey } from './connect-errors.ts'
import { needsOpenSsh } from './choose-way.ts'
import type { ConnectionOptions } from './connection.ts'
import type { HostKeyDoubt, OfferedKey } from './host-key.ts'
import { knownKeys } from './known-hosts.ts'
import { localHost } from './local-host.ts'
import { openSshHost } from './open-ssh-host.ts'
import { ssh2Host } from './ssh2-host.ts'
import { sshSettings, type SettingsOptions } from './ssh-settings.ts'

export interface HostKeyQuestion {
  /** Known_hosts holds no key for the host, or only others. */
  readonly kind: 'unknown' | 'changed'
  readonly destination: string
  readonly offered: OfferedKey
  readonly known: readonly { readonly type: string; readonly fingerprint: string; readonly file: string }[]
}

export interface ConnectOptions extends SettingsOptions, ConnectionOptions {
  /** Default `auto`: ssh2, unless only the system's ssh can do what the configuration wants. */
  readonly via?: 'auto' | 'ssh2' | 'openssh' | 'local' | undefined
  /** `SHA256:…` that the operator vouches for: no other key is taken, and known_hosts may not contradict it. */
  readonly hostKey?: string | undefined
  /** Decides on a key that is not known; without it such a key is refused. Nothing is written to known_hosts. */
  readonly askHostKey?: ((question: HostKeyQuestion) => Promise<boolean>) | undefined
  /** Commands at once; sshd allows 10 unless MaxSessions says otherwise. Default 8. */
  readonly maxChannels?: number | undefined
  /** For each of a command's stdout and stderr. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined
}

async function isAccepted(doubt: HostKeyDoubt, destination: string, options: ConnectOptions): Promise<boolean> {
  const { askHostKey } = options
  if (askHostKey === undefined || (doubt.kind !== 'unknown' && doubt.kind !== 'changed')) return false
  const { kind, offered } = doubt
  const known = doubt.kind === 'changed' ? doubt.known : []
  return askHostKey({
    kind,
    destination,
    offered,
    known: known.map(({ type, fingerprint, file }) => ({ type, fingerprint, file })),
  })
}

/**
 * Connects to a host as `ssh destination` would, with the operator's configuration, known hosts, agent and keys.
 * A key that is not known is refused whatever StrictHostKeyChecking says, unless `askHostKey` accepts it: it is asked
 * between two connections, so that the host does not lose patience meanwhile.
 * @throws UsageError for a destination that can't be one; PreflightError `host-key-unknown`, `host-key-changed`,
 *   `host-key-mismatch`, `host-key-revoked`, and the codes that openConnection and sshSettings list; the signal's
 *   reason; what `askPassphrase` and `askHostKey` throw
 */
export async function connect(destination: string, options: ConnectOptions): Promise<Host> {
  if (options.via === 'local') return localHost(destination, options)
  const settings = await sshSettings(destination, options)
  const known = await knownKeys(settings, options.env)
  const via = options.via ?? 'auto'
  const way = via === 'openssh' || (via === 'auto' && (await needsOpenSsh(settings, known, options.env)))
  const open = (accepted: string | null): Promise<Host> =>
    (way ? openSshHost : ssh2Host)(settings, known, { expected: options.hostKey ?? null, accepted }, options)
  try {
    return await open(null).catch(async (error: unknown) => {
      if (!(error instanceof UntrustedHostKey) || !(await isAccepted(error.doubt, destination, options))) throw error
      options.signal?.throwIfAborted()
      return open(error.doubt.offered.fingerprint)
    })
  } catch (error) {
    throw error instanceof UntrustedHostKey ? hostKeyRefused(settings, error.doubt) : error
  }
}

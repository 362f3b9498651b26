// Opens one ssh connection: the host proves who it is first, then the login is let in.
import type { Duplex } from 'node:stream'
import ssh2, { type Client } from 'ssh2'
import { authentication, type AskPassphrase } from './authentication.ts'
import { authFailed, connectFailed, connectTimedOut, settingUnsupported, UntrustedHostKey } from './connect-errors.ts'
import { hostKeyAlgorithms, judgeHostKey, type HostKeyTrust, type HostKeyVerdict } from './host-key.ts'
import type { KnownKey } from './known-hosts.ts'
import type { SshSettings } from './parse-settings.ts'
import { stoppableTimer } from './stoppable-timer.ts'

export interface ConnectionOptions {
  readonly askPassphrase?: AskPassphrase | undefined
  /** Until the host has proved who it is. Default: the configuration's ConnectTimeout, or 20 s. */
  readonly connectTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A connection that is silently gone is found out after some 20 s, sooner where the configuration says so. */
export const keepalive = ({ serverAliveIntervalMs }: SshSettings): { intervalMs: number; count: number } => ({
  intervalMs: Math.min(5000, serverAliveIntervalMs || 5000),
  count: 3,
})

export const connectTimeout = (settings: SshSettings, options: ConnectionOptions): number =>
  options.connectTimeoutMs ?? settings.connectTimeoutMs ?? 20_000

/** As long as sshd itself waits for a login (LoginGraceTime): an agent may ask a person before it signs. */
export const loginMs = 120_000

/**
 * @param known every key that known_hosts holds for this host
 * @param socket what carries the connection in place of a socket of its own
 * @throws UntrustedHostKey; PreflightError `host-unknown`, `host-unreachable`, `auth-failed`, `key-needs-passphrase`,
 *   `ssh-setting-unsupported`; the signal's reason; what `askPassphrase` throws
 */
export async function openConnection(
  settings: SshSettings,
  known: readonly KnownKey[],
  trust: HostKeyTrust,
  options: ConnectionOptions,
  socket: Duplex | undefined,
): Promise<Client> {
  options.signal?.throwIfAborted()
  const algorithms = hostKeyAlgorithms(settings.hostKeyAlgorithms, known)
  if (algorithms.length === 0) {
    throw settingUnsupported(settings, 'HostKeyAlgorithms', settings.hostKeyAlgorithms.join(','))
  }
  const { promise, resolve, reject } = Promise.withResolvers<Client>()
  const client = new ssh2.Client()
  const timeoutMs = connectTimeout(settings, options)
  const { intervalMs, count } = keepalive(settings)
  let verdict: HostKeyVerdict | undefined
  let done = false

  const finish = (end: () => void): void => {
    if (done) return
    done = true
    timer.stop()
    options.signal?.removeEventListener('abort', onAbort)
    end()
  }
  const fail = (error: unknown): void =>
    finish(() => {
      client.destroy()
      reject(error)
    })
  const onAbort = (): void => fail(options.signal?.reason)
  let timer = stoppableTimer(timeoutMs, () => fail(connectTimedOut(settings, timeoutMs)))
  options.signal?.addEventListener('abort', onAbort, { once: true })

  const { askPassphrase } = options
  const ask: AskPassphrase | null =
    askPassphrase === undefined
      ? null
      : (file, attempt) => {
          timer.stop()
          return askPassphrase(file, attempt).finally(() => done || timer.start())
        }
  const auth = authentication(settings, ask, {
    exhausted: (report) => fail(authFailed(settings, report)),
    failed: fail,
  })

  const explain = (error: Error & { level?: string }): Error => {
    if (verdict !== undefined && verdict.kind !== 'known') return new UntrustedHostKey(verdict)
    // sshd hangs up after MaxAuthTries keys.
    if (/too many authentication failures/i.test(error.message)) {
      const report = auth.report()
      return authFailed(settings, { ...report, tried: [...report.tried, 'the host takes no further key'] })
    }
    return connectFailed(settings, error)
  }
  client
    .once('handshake', () => {
      timer.stop()
      if (!done) timer = stoppableTimer(loginMs, () => fail(connectTimedOut(settings, loginMs)))
    })
    .once('ready', () => finish(() => resolve(client)))
    .on('error', (error: Error & { level?: string }) => {
      // A key that can't sign, or an agent that can't answer, leaves the other keys.
      const goesOn = error.level === 'agent' || /signing/.test(error.message)
      if (!goesOn) fail(explain(error))
    })
    .once('close', () => fail(explain(new Error('it closes the connection'))))
    .connect({
      ...(socket === undefined ? {} : { sock: socket }),
      host: settings.hostname,
      port: settings.port,
      username: settings.user,
      ...(settings.bindAddress === null ? {} : { localAddress: settings.bindAddress }),
      forceIPv4: settings.addressFamily === 'inet',
      forceIPv6: settings.addressFamily === 'inet6',
      algorithms: { serverHostKey: algorithms },
      hostVerifier: (key: Buffer) => {
        verdict = judgeHostKey(key, known, trust)
        return verdict.kind === 'known'
      },
      authHandler: auth.handler,
      // Ours stands still while a passphrase is asked; ssh2's would not.
      readyTimeout: 0,
      keepaliveInterval: intervalMs,
      keepaliveCountMax: count,
    })
    // As ssh(1) does: a packet that waits until the host has acknowledged the last one costs 40 ms a command, and more.
    .setNoDelay()
  return promise
}

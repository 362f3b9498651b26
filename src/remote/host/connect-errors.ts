// What can end a connection before it stands, in the operator's words.
import { PreflightError, type Next } from '../../text/errors.ts'
import { oneLine } from '../../text/display.ts'
import { raw, sh, word } from '../../text/quote.ts'
import type { HostKeyDoubt } from './host-key.ts'
import { knownName, type KnownKey } from './known-hosts.ts'
import type { SshSettings } from './parse-settings.ts'

const where = (settings: SshSettings): string => {
  const address = settings.port === 22 ? settings.hostname : `${settings.hostname} port ${settings.port}`
  return settings.destination === settings.hostname ? address : `${settings.destination} (${address})`
}

/** ssh itself, with the configuration that was used. */
const bySsh = ({ configFile, destination }: SshSettings, why: string, watching = false): Next => ({
  why,
  command: sh`ssh ${watching ? raw('-v') : undefined} ${configFile === undefined ? undefined : raw(sh`-F ${configFile}`)} ${destination} ${watching ? raw('true') : undefined}`,
})

export const settingUnsupported = (settings: SshSettings, setting: string, value: string): PreflightError =>
  new PreflightError({
    code: 'ssh-setting-unsupported',
    message: `the ssh configuration of ${settings.destination} sets ${setting} ${oneLine(value)}, which Lifeboat can't use yet`,
    next: [bySsh(settings, 'see that ssh itself gets there')],
  })

/** @param error what the socket or ssh2 reported before the host let the login in */
export function connectFailed(settings: SshSettings, error: Error & { code?: unknown }): PreflightError {
  const code = typeof error.code === 'string' ? error.code : ''
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'].includes(code)) {
    return new PreflightError(
      {
        code: 'host-unknown',
        message: `no address is known for ${where(settings)}`,
        next: [{ why: 'ask the name service', command: `getent hosts ${word(settings.hostname)}` }],
      },
      error,
    )
  }
  const why: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'the connection is refused; nothing listens there',
    EHOSTUNREACH: 'there is no route to it',
    ENETUNREACH: 'there is no route to its network',
    ECONNRESET: 'it closes the connection',
    ETIMEDOUT: 'it does not answer',
  }
  return new PreflightError(
    {
      code: 'host-unreachable',
      message: `${where(settings)} can't be reached by ssh: ${why[code] ?? oneLine(error.message)}`,
      next: [bySsh(settings, 'watch ssh try', true)],
    },
    error,
  )
}

export const connectTimedOut = (settings: SshSettings, timeoutMs: number): PreflightError =>
  new PreflightError({
    code: 'host-unreachable',
    message: `${where(settings)} does not answer by ssh within ${timeoutMs / 1000} s`,
    next: [bySsh(settings, 'watch ssh try', true)],
  })

/** @param said what the proxy wrote to standard error */
export const proxyFailed = (settings: SshSettings, setting: string, said: string): PreflightError =>
  connectFailed(settings, new Error(`by ${oneLine(setting)}: ${said.split(/\r?\n/).map(oneLine).join('; ')}`))

const shown = (key: { readonly type: string; readonly fingerprint: string }): string =>
  `${key.fingerprint} (${oneLine(key.type)})`

const listed = (keys: readonly KnownKey[]): string => keys.map((key) => `${shown(key)} in ${key.file}`).join(', ')

/** Thrown while connecting when the host's key is not to be trusted as it is. */
export class UntrustedHostKey extends Error {
  readonly doubt: HostKeyDoubt

  constructor(doubt: HostKeyDoubt) {
    super(`the host key ${doubt.offered.fingerprint} is ${doubt.kind}`)
    this.doubt = doubt
  }
}

export function hostKeyRefused(settings: SshSettings, doubt: HostKeyDoubt): PreflightError {
  const offered = shown(doubt.offered)
  switch (doubt.kind) {
    case 'revoked':
      return new PreflightError({
        code: 'host-key-revoked',
        message: `the host key of ${where(settings)}, ${offered}, is marked as revoked: ${listed(doubt.known)}`,
      })
    case 'changed':
      return new PreflightError({
        code: 'host-key-changed',
        message: `the host key of ${where(settings)} is ${offered}, but known is ${listed(doubt.known)}: the host was rebuilt, or another one answers in its place`,
        next: [...new Set(doubt.known.map((key) => key.file))].map((file) => ({
          why: 'only if it was rebuilt and its own console shows the new fingerprint: forget the old key',
          command: `ssh-keygen -R ${word(knownName(settings))} -f ${word(file)}`,
        })),
      })
    case 'mismatch':
      return new PreflightError({
        code: 'host-key-mismatch',
        message: `the host key of ${where(settings)} is ${offered}; the one given with --host-key is ${oneLine(doubt.expected)}`,
        // Another key than the one that was vouched for: nobody is told to accept it.
        next: [
          {
            why: 'do not go on before you know why: somebody else may be answering',
            command: `ssh-keyscan ${word(settings.hostname)}`,
          },
        ],
      })
    case 'unknown': {
      const authority =
        doubt.authorities.length === 0 ? '' : '; the certificate authority known for it does not vouch for this key'
      return new PreflightError({
        code: 'host-key-unknown',
        message: `the host key of ${where(settings)} is not known: ${offered}${authority}`,
        next: [
          {
            why: "compare it with the host's own (its console output shows it), then pass it",
            command: `lifeboat --host ${word(settings.destination)} --host-key ${doubt.offered.fingerprint}`,
          },
          bySsh(settings, 'or accept it once by hand'),
        ],
      })
    }
  }
}

export interface AuthReport {
  /** One phrase for each thing tried or passed over: `the agent's 2 keys`, `/home/o/.ssh/id_rsa: no such file`. */
  readonly tried: readonly string[]
  /** Key files that could not be used without their passphrase. */
  readonly locked: readonly string[]
  /** What the host would accept, in ssh's words; null: it did not say. */
  readonly accepted: readonly string[] | null
  /** A key was accepted, and the host wants something more. */
  readonly partial: boolean
}

export function authFailed(settings: SshSettings, report: AuthReport): PreflightError {
  const ways = (report.accepted ?? []).map(oneLine).join(', ')
  const accepted =
    ways === ''
      ? ''
      : report.partial
        ? `; a key was accepted, the host also wants ${ways}`
        : `; the host accepts ${ways}`
  const tried = report.tried.length === 0 ? 'there is no key to try' : `tried: ${report.tried.join('; ')}`
  const [locked] = report.locked
  if (locked !== undefined) {
    return new PreflightError({
      code: 'key-needs-passphrase',
      message: `${where(settings)} does not let ${settings.user} in, and the key ${locked} needs its passphrase (${tried}${accepted})`,
      next: report.locked.map((file) => ({ why: 'give the key to the agent', command: `ssh-add ${word(file)}` })),
    })
  }
  return new PreflightError({
    code: 'auth-failed',
    message: `${where(settings)} does not let ${settings.user} in (${tried}${accepted})`,
    next: [bySsh(settings, 'watch ssh try', true)],
  })
}

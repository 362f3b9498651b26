// What can end a connection before it stands, in the operator's words.
import { PreflightError, type Next } from '../../text/errors.ts'
import { oneLine } from '../../text/display.ts'
import { word } from '../../text/quote.ts'
import type { HostKeyVerdict } from './host-key.ts'
import { knownName, type KnownKey } from './known-hosts.ts'
import type { SshSettings } from './parse-settings.ts'

const where = (settings: SshSettings): string => {
  const address = settings.port === 22 ? settings.hostname : `${settings.hostname} port ${settings.port}`
  return settings.destination === settings.hostname ? address : `${settings.destination} (${address})`
}

const bySsh = (settings: SshSettings, why: string): Next => ({ why, command: `ssh ${word(settings.destination)}` })

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
      next: [{ why: 'watch ssh try', command: `ssh -v ${word(settings.destination)} true` }],
    },
    error,
  )
}

export const connectTimedOut = (settings: SshSettings, timeoutMs: number): PreflightError =>
  new PreflightError({
    code: 'host-unreachable',
    message: `${where(settings)} does not answer by ssh within ${timeoutMs / 1000} s`,
    next: [{ why: 'watch ssh try', command: `ssh -v ${word(settings.destination)} true` }],
  })

const shown = (key: { readonly type: string; readonly fingerprint: string }): string =>
  `${key.fingerprint} (${oneLine(key.type)})`

const listed = (keys: readonly KnownKey[]): string => keys.map((key) => `${shown(key)} in ${key.file}`).join(', ')

export function hostKeyRefused(
  settings: SshSettings,
  verdict: Exclude<HostKeyVerdict, { kind: 'known' }>,
  expected: string | null,
): PreflightError {
  const offered = shown(verdict.offered)
  if (verdict.kind === 'revoked') {
    return new PreflightError({
      code: 'host-key-revoked',
      message: `the host key of ${where(settings)}, ${offered}, is marked as revoked: ${listed(verdict.known)}`,
    })
  }
  if (verdict.kind === 'changed') {
    return new PreflightError({
      code: 'host-key-changed',
      message: `the host key of ${where(settings)} is ${offered}, but known is ${listed(verdict.known)}: the host was rebuilt, or another one answers in its place`,
      next: [...new Set(verdict.known.map((key) => key.file))].map((file) => ({
        why: 'only if it was rebuilt and its own console shows the new fingerprint: forget the old key',
        command: `ssh-keygen -R ${word(knownName(settings))} -f ${word(file)}`,
      })),
    })
  }
  const authority =
    verdict.authorities.length === 0 ? '' : '; a certificate authority is known for it, which is not checked here'
  const mismatch = expected === null ? '' : `; the one given with --host-key is ${oneLine(expected)}`
  return new PreflightError({
    code: 'host-key-unknown',
    message: `the host key of ${where(settings)} is not known: ${offered}${mismatch}${authority}`,
    // Another key than the one that was vouched for: nobody is told to accept it.
    next:
      expected !== null
        ? [
            {
              why: 'do not go on before you know why: somebody else may be answering',
              command: `ssh-keyscan ${word(settings.hostname)}`,
            },
          ]
        : [
            {
              why: "compare it with the host's own (its console output shows it), then pass it",
              command: `lifeboat --host ${word(settings.destination)} --host-key ${verdict.offered.fingerprint}`,
            },
            bySsh(settings, 'or accept it once by hand'),
          ],
  })
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
  const [certificate] = settings.certificateFiles
  if (certificate !== undefined) return settingUnsupported(settings, 'CertificateFile', certificate)
  return new PreflightError({
    code: 'auth-failed',
    message: `${where(settings)} does not let ${settings.user} in (${tried}${accepted})`,
    next: [{ why: 'watch ssh try', command: `ssh -v ${word(settings.destination)} true` }],
  })
}

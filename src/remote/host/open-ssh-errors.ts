// What the system's ssh says when it does not get in, in the operator's words.
import type { PreflightError } from '../../text/errors.ts'
import { authFailed, connectFailed } from './connect-errors.ts'
import { readIdentity, type Identity } from './identities.ts'
import type { SshSettings } from './parse-settings.ts'
import { openSsh, type SettingsOptions } from './ssh-settings.ts'

const codes: readonly (readonly [RegExp, string])[] = [
  [/could not resolve hostname/i, 'ENOTFOUND'],
  [/connection refused/i, 'ECONNREFUSED'],
  [/no route to host/i, 'EHOSTUNREACH'],
  [/network is unreachable/i, 'ENETUNREACH'],
  [/connection reset/i, 'ECONNRESET'],
  [/timed out/i, 'ETIMEDOUT'],
]

const tooMany = /too many authentication failures/i

const lastLine = (said: string): string => said.trim().split(/\r?\n/).at(-1) ?? ''

/** Whether it was this host's key, not a jump's, that ssh did not trust: what it says last is about the host itself. */
export const isHostKeyRefusal = (said: string): boolean => lastLine(said).startsWith('Host key verification failed')

async function agentTried(socket: string | null, env: SettingsOptions['env']): Promise<string[]> {
  if (socket === null) return []
  const { exitCode, stdout } = await openSsh('ssh-add', ['-l'], { ...env, SSH_AUTH_SOCK: socket })
  if (exitCode === 2) return [`the agent at ${socket} does not answer`]
  const keys = exitCode === 0 ? stdout.trim().split('\n').length : 0
  return [keys === 1 ? 'the agent’s key' : `the agent’s ${keys} keys`]
}

// What ssh2 can't read, ssh perhaps can: only what the system says of a file is told.
const fileTried = (identity: Identity): string =>
  identity.kind === 'unusable' && /^E[A-Z]+$/.test(identity.why)
    ? `${identity.file} can’t be used: ${identity.why}`
    : identity.file

async function loginRefused({ settings, said, asked, mayAsk, env }: Refusal): Promise<PreflightError> {
  const identities = await Promise.all(settings.identityFiles.map(readIdentity))
  const there = identities.filter((each) => each.kind !== 'missing')
  const locked = there.filter((each) => each.kind === 'locked' && (!mayAsk || asked.has(each.file)))
  const tried = [
    ...(await agentTried(settings.agentSocket, env)),
    ...there.filter((each) => !locked.includes(each)).map(fileTried),
    ...settings.certificateFiles,
    ...(tooMany.test(said) ? ['the host takes no further key'] : []),
  ]
  return authFailed(settings, {
    tried: tried.length > 0 ? tried : identities.map((each) => `${each.file}: no such file`),
    locked: locked.map((each) => each.file),
    accepted: /Permission denied \(([^)]*)\)/.exec(lastLine(said))?.[1]?.split(',') ?? null,
    partial: said.includes('with partial success'),
  })
}

interface Refusal {
  readonly settings: SshSettings
  /** All that ssh wrote to standard error. */
  readonly said: string
  /** The key files whose passphrase was asked for, and not got right. */
  readonly asked: ReadonlySet<string>
  /** Whether anybody could be asked for one. */
  readonly mayAsk: boolean
  readonly env: SettingsOptions['env']
}

/** What keeps ssh from getting in. */
export async function openSshFailed(refusal: Refusal): Promise<PreflightError> {
  const { settings, said } = refusal
  const last = lastLine(said)
  const hungUp = last.startsWith('Disconnected from') && tooMany.test(said)
  if (hungUp || last.includes('Permission denied (')) return loginRefused(refusal)
  const code = codes.find(([pattern]) => pattern.test(last))?.[1]
  const text = said
    .trim()
    .split(/[\r\n]+/)
    .join('; ')
  return connectFailed(settings, Object.assign(new Error(text || 'ssh ends without a word'), { code }))
}

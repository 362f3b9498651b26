// What the system's ssh says when it does not get in, in the operator's words.
import type { PreflightError } from '../../text/errors.ts'
import { authFailed, connectFailed } from './connect-errors.ts'
import { readIdentity } from './identities.ts'
import type { SshSettings } from './parse-settings.ts'

const codes: readonly (readonly [RegExp, string])[] = [
  [/could not resolve hostname/i, 'ENOTFOUND'],
  [/connection refused/i, 'ECONNREFUSED'],
  [/no route to host/i, 'EHOSTUNREACH'],
  [/network is unreachable/i, 'ENETUNREACH'],
  [/connection reset/i, 'ECONNRESET'],
  [/timed out/i, 'ETIMEDOUT'],
]

const lastLine = (said: string): string => said.trim().split(/\r?\n/).at(-1) ?? ''

/** Whether it was this host's key, not a jump's, that ssh did not trust: what it says last is about the host itself. */
export const isHostKeyRefusal = (said: string): boolean => /^Host key verification failed/.test(lastLine(said))

/** @param asked the key files whose passphrase was asked for, and not got right */
async function loginRefused(settings: SshSettings, last: string, asked: ReadonlySet<string>, mayAsk: boolean) {
  const identities = await Promise.all(settings.identityFiles.map(readIdentity))
  const there = identities.filter((each) => each.kind !== 'missing')
  const locked = there.filter((each) => each.kind === 'locked' && (!mayAsk || asked.has(each.file)))
  const accepted = /Permission denied \(([^)]*)\)/.exec(last)?.[1]?.split(',') ?? null
  return authFailed(settings, {
    tried: [
      ...there.filter((each) => !locked.includes(each)).map((each) => each.file),
      ...settings.certificateFiles,
      ...(settings.agentSocket === null ? [] : [`the agent at ${settings.agentSocket}`]),
      ...(/too many authentication failures/i.test(last) ? ['the host takes no further key'] : []),
    ],
    locked: locked.map((each) => each.file),
    accepted,
    partial: false,
  })
}

/** @param said all that ssh wrote to standard error */
export async function openSshFailed(
  settings: SshSettings,
  said: string,
  asked: ReadonlySet<string>,
  mayAsk: boolean,
): Promise<PreflightError> {
  const last = lastLine(said)
  if (/Permission denied \(|too many authentication failures/i.test(last)) {
    return loginRefused(settings, last, asked, mayAsk)
  }
  const code = codes.find(([pattern]) => pattern.test(last))?.[1]
  const text = said
    .trim()
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .join('; ')
  return connectFailed(settings, Object.assign(new Error(text || 'ssh ends without a word'), { code }))
}

// The ways into a host, tried one after another: the agent's keys, then key files, those with a passphrase last.
import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware } from 'ssh2'
import { agentKeys } from './agent-keys.ts'
import type { AuthReport } from './connect-errors.ts'
import { readIdentity, type Identity } from './identities.ts'
import type { SshSettings } from './parse-settings.ts'

/**
 * Asks for the passphrase of a key file; null passes the file over.
 * @param attempt 1 at first, 2 and 3 after a wrong one
 */
export type AskPassphrase = (file: string, attempt: number) => Promise<string | null>

export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  report(): AuthReport
}

export interface AuthEnds {
  /** Every way was tried, none let the login in. */
  exhausted(report: AuthReport): void
  /** What `ask` threw. */
  failed(error: unknown): void
}

// OpenSSH's NumberOfPasswordPrompts.
const passphraseAttempts = 3

/** @param ask called only when everything that needs no passphrase was refused; null: nobody can be asked */
export function authentication(settings: SshSettings, ask: AskPassphrase | null, ends: AuthEnds): Authentication {
  const username = settings.user
  const tried: string[] = []
  const locked: string[] = []
  let accepted: readonly string[] | null = null
  let partial = false

  const takesKeys = (): boolean => accepted === null || accepted.includes('publickey')

  async function* agentMethods(named: readonly Buffer[], used: Buffer[]): AsyncGenerator<AnyAuthMethod> {
    const socket = settings.agentSocket
    if (socket === null) return
    try {
      const agent = await agentKeys(socket, named, settings.identitiesOnly)
      tried.push(agent.keys.length === 1 ? 'the agent’s key' : `the agent’s ${agent.keys.length} keys`)
      used.push(...agent.keys.map((key) => key.getPublicSSH()))
      if (agent.keys.length > 0) yield { type: 'agent', username, agent }
    } catch {
      tried.push(`the agent at ${socket} does not answer`)
    }
  }

  async function* fileMethods(identities: readonly Identity[]): AsyncGenerator<AnyAuthMethod> {
    for (const each of identities) {
      if (each.kind === 'unusable') tried.push(`${each.file} can’t be used: ${each.why}`)
      if (each.kind !== 'ready') continue
      tried.push(each.file)
      yield { type: 'publickey', username, key: each.key }
    }
    for (const each of identities) {
      if (each.kind !== 'locked' || !takesKeys()) continue
      const key = await unlocked(each)
      if (key === null) locked.push(each.file)
      else {
        tried.push(each.file)
        yield { type: 'publickey', username, key }
      }
    }
  }

  async function unlocked(identity: Identity & { kind: 'locked' }) {
    if (ask === null) return null
    for (let attempt = 1; attempt <= passphraseAttempts; attempt++) {
      const passphrase = await ask(identity.file, attempt)
      if (passphrase === null) return null
      const key = identity.unlock(passphrase)
      if (key !== null) return key
    }
    return null
  }

  async function* methods(): AsyncGenerator<AnyAuthMethod> {
    // Its refusal tells what the host accepts (RFC 4252, 5.2).
    yield { type: 'none', username }
    const identities = await Promise.all(settings.identityFiles.map(readIdentity))
    const named = identities.flatMap((each) => (each.publicBlob === null ? [] : [each.publicBlob]))
    const used: Buffer[] = []
    yield* agentMethods(named, used)
    yield* fileMethods(
      identities.filter(({ publicBlob }) => publicBlob === null || !used.some((blob) => blob.equals(publicBlob))),
    )
    if (tried.length + locked.length === 0) {
      tried.push(
        ...identities.map((each) => `${each.file}: ${each.kind === 'public' ? 'not in the agent' : 'no such file'}`),
      )
    }
  }

  const report = (): AuthReport => ({ tried, locked, accepted, partial })
  const untried = methods()
  return {
    report,
    handler(left: AuthenticationType[] | null, partly: boolean | null, next) {
      accepted = left ?? accepted
      partial ||= partly === true
      const step = takesKeys() ? untried.next() : untried.return(undefined)
      step
        .then(({ done, value }) => (done === true ? ends.exhausted(report()) : next(value)))
        .catch((error: unknown) => ends.failed(error))
    },
  }
}

// Whether a host key that known_hosts does not hold is taken: by what the instance's own console shows, or the operator.
import type { Aws } from '../remote/aws/client.ts'
import { consoleOutput } from '../remote/aws/console.ts'
import { fingerprintsInConsole } from '../remote/host/console-keys.ts'
import type { HostKeyQuestion } from '../remote/host/ssh-host.ts'
import { LifeboatError } from '../text/errors.ts'

export interface TrustParts {
  readonly aws: Pick<Aws, 'send'>
  /** The instance behind the host, where it is known. */
  readonly instance: () => string | undefined
  /** Whether the run itself has launched it: then its console decides alone. */
  readonly madeByUs: () => boolean
  /** Asks the operator; false where nobody is there. */
  readonly agree: (question: string) => Promise<boolean>
  readonly say: (level: 'info' | 'warn', message: string) => void
}

/**
 * A changed key is taken only where the console of that very instance shows it: a rebuilt instance always has a new
 * one. An unknown key is the operator's to take; what the console shows is said. Asked once for each key.
 */
export function trustHostKey(parts: TrustParts): (question: HostKeyQuestion) => Promise<boolean> {
  const decided = new Map<string, Promise<boolean>>()

  async function shownByConsole(instanceId: string, fingerprint: string): Promise<boolean | string> {
    try {
      const shown = fingerprintsInConsole(await parts.aws.send(consoleOutput(instanceId)))
      return shown.length === 0 ? `the console of ${instanceId} shows no host keys` : shown.includes(fingerprint)
    } catch (error) {
      if (error instanceof LifeboatError) return `the console of ${instanceId} can't be read: ${error.message}`
      throw error
    }
  }

  async function decide({ kind, destination, offered }: HostKeyQuestion): Promise<boolean> {
    const instance = parts.instance()
    const shown =
      instance === undefined ? 'no instance is named for it' : await shownByConsole(instance, offered.fingerprint)
    const key = `${offered.fingerprint} (${offered.type})`
    const evidence =
      shown === true
        ? `the console of ${instance} shows this key`
        : shown === false
          ? `the console of ${instance} shows OTHER keys`
          : shown
    if (parts.madeByUs()) {
      if (shown === true) parts.say('info', `the host key of ${destination} is ${key}: ${evidence}`)
      return shown === true
    }
    if (kind === 'changed') {
      if (shown === true) {
        parts.say('warn', `the host key of ${destination} has changed to ${key}: ${evidence}, so the host was rebuilt`)
        return true
      }
      parts.say('warn', `the host key of ${destination} has changed, and ${evidence}`)
      return false
    }
    parts.say(shown === false ? 'warn' : 'info', `the host key of ${destination} is not known: ${key}; ${evidence}`)
    return parts.agree(`Is ${key} the key of ${destination}?`)
  }

  return (question) => {
    const id = `${question.kind} ${question.destination} ${question.offered.fingerprint}`
    const known = decided.get(id) ?? decide(question)
    // A machine that has just booted shows its keys a little later.
    if (!parts.madeByUs()) decided.set(id, known)
    return known
  }
}

// Secrets of this process: read from a file or descriptor, or asked; held in memory, hidden from all that is written.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { UsageError } from '../text/errors.ts'
import { errorCode } from '../text/error-code.ts'

/** How a secret is had: `file` is a file or a descriptor. */
type SecretSource = 'file' | 'asked'

export interface SecretStore {
  /** How it would be had, without having it; null: not at all. */
  source(name: string): SecretSource | null
  /**
   * @param name `ssh-key`, `sudo`, `passphrase` (of the dump), or `key:DATASET`
   * @param prompt what the operator is asked for
   * @param attempt from 1; a later one forgets what was wrong. What came from a file is not read again.
   * @returns null where there is none, or no other one
   * @throws UsageError for a file that can't be read
   */
  get(name: string, prompt: string, attempt?: number): Promise<string | null>
}

type Given = ReadonlyMap<string, string>

const names = /^(?:ssh-key|sudo|passphrase|key:.+)$/

const howTo = 'write --secret NAME=@FILE or NAME=fd:N, where NAME is ssh-key, sudo, passphrase or key:DATASET'

/** Reads `--secret` flags: a name each, and where its value is. @throws UsageError, which never repeats a value */
export function parseSecrets(flags: readonly string[]): Given {
  return new Map(
    flags.map((flag) => {
      const [, name = '', place = ''] = /^([^=]*)=(.*)$/s.exec(flag) ?? []
      if (!names.test(name)) throw new UsageError(`--secret names no secret that Lifeboat takes: ${howTo}`)
      if (!/^(?:@.+|fd:\d+)$/s.test(place))
        throw new UsageError(
          `--secret ${name}: a value on the command line is seen by everybody on this machine; ${howTo}`,
        )
      return [name, place] as const
    }),
  )
}

/** What of the flags another process can use too, from any folder: a descriptor is this one's alone. */
export const lastingSecrets = (flags: readonly string[]): string[] =>
  flags
    .filter((flag) => !/^[^=]*=fd:/.test(flag))
    .map((flag) => flag.replace(/^([^=]*=@)(.+)$/s, (_, name: string, file: string) => `${name}${resolve(file)}`))

function readPlace(name: string, place: string): string {
  try {
    // One newline ends a line of a file; it is no part of a passphrase.
    return readFileSync(place.startsWith('@') ? place.slice(1) : Number(place.slice(3)), 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new UsageError(`the secret ${name} can't be read from ${place}: ${errorCode(error) ?? 'unknown'}`)
  }
}

export interface SecretParts {
  readonly given: Given
  /** Asks without showing what is typed; null where nobody is there. */
  readonly ask: ((prompt: string) => Promise<string>) | null
  /** From now on it is hidden. */
  readonly hide: (secret: string) => void
  /** Told once for each secret that was had. */
  readonly told: (name: string, source: SecretSource) => void
}

export function secretStore({ given, ask, hide, told }: SecretParts): SecretStore {
  const known = new Map<string, string>()
  const source = (name: string): SecretSource | null => (given.has(name) ? 'file' : ask === null ? null : 'asked')
  return {
    source,
    async get(name, prompt, attempt = 1) {
      const place = given.get(name)
      if (attempt > 1) known.delete(name)
      const had = known.get(name)
      if (had !== undefined) return had
      if (place !== undefined && attempt > 1) return null
      if (place === undefined && ask === null) return null
      const again = attempt > 1 ? `that was not it; ${prompt}` : prompt
      const secret = place === undefined ? ((await ask?.(again)) ?? '') : readPlace(name, place)
      if (secret !== '') hide(secret)
      known.set(name, secret)
      told(name, source(name) ?? 'asked')
      return secret
    },
  }
}

// What every command is given besides its own flags.
import envPaths from 'env-paths'
import { join } from 'node:path'
import type { Emit } from '../run/events.ts'
import { parseSecrets } from '../run/secrets.ts'
import { flags as flagsSchema, type Flags } from '../steps/flags.ts'
import { UsageError } from '../text/errors.ts'
import { parseInstant } from '../text/time.ts'

/** The world outside, passed in: a test puts its own in place. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** What time it is: in a drill, what its world's clocks show. This machine's clock, where nothing is said. */
  readonly now?: () => Date
  /** Tells the handler of each signal, until what it returns is called. */
  readonly onSignal: (handler: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void) => () => void
  /** Lends the terminal to another program: what is typed there, Ctrl-C too, is not for this one. */
  readonly lend: <T>(work: () => Promise<T>) => Promise<T>
}

/** The clock of the world outside. */
export const clockOf = ({ now = () => new Date() }: Pick<Surroundings, 'now'>): (() => Date) => now

/** Options that all commands share, as commander hands them over. */
export interface CommonOptions {
  readonly config?: string
  readonly stateDir?: string
  readonly cacheDir?: string
  readonly json?: boolean
  readonly plain?: boolean
  readonly ascii?: boolean
  /** What is done, in the words of the header: `RESTORE`, where nothing else is said. */
  readonly mode?: string
  /** Since when the header's clock runs, ms since the epoch: since this process began the run, where nothing is said. */
  readonly since?: number
  /** What is left ends with this process: then nothing is suggested that would come after it. */
  readonly passing?: boolean
  /** Hears every event of a run as well. */
  readonly heard?: Emit
  /** Says nothing of what is looked at. */
  readonly quiet?: boolean
  /** Commander's name for `--no-input`. */
  readonly input?: boolean
}

const paths = envPaths('lifeboat', { suffix: '' })

/** Where runs are kept: the XDG state directory, unless told otherwise. */
export const stateDir = (options: CommonOptions, env: NodeJS.ProcessEnv): string =>
  options.stateDir ?? env.LIFEBOAT_STATE_DIR ?? paths.log

export const cacheDir = (options: CommonOptions, env: NodeJS.ProcessEnv): string =>
  options.cacheDir ?? env.LIFEBOAT_CACHE_DIR ?? paths.cache

/** The config's path, and whether somebody named it. */
export function configPath(options: CommonOptions, env: NodeJS.ProcessEnv): { path: string; named: boolean } {
  const named = options.config ?? env.LIFEBOAT_CONFIG
  return { path: named ?? join(paths.config, 'config.toml'), named: named !== undefined }
}

/** An instant in the one form that `Date.parse` reads too, of a day and an hour that there are. */
function isInstant(text: string): boolean {
  try {
    parseInstant(text)
    return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text)
  } catch {
    return false
  }
}

/** Refuses before anything is looked at what would only be refused after something was changed. @throws UsageError */
export function checkConfirmation({ confirm, way }: Flags, host: string, asking: boolean): void {
  if (confirm.length > 0 && !confirm.includes(host)) {
    throw new UsageError(`--confirm ${confirm.join(' ')} is not the host's name, ${host}: nothing was destroyed`)
  }
  if (way === 'rollback' && confirm.length === 0 && !asking) {
    throw new UsageError(`--way rollback destroys data, and nobody is there to confirm it: give --confirm ${host}`)
  }
}

/** Whether somebody is there to be asked. */
export const isAsking = (options: CommonOptions, stdin: { readonly isTTY?: boolean }): boolean =>
  options.json !== true && options.input !== false && stdin.isTTY === true

/** The run's flags among a command's options. @throws UsageError naming the flag that is wrong */
export function runFlags(options: Readonly<Record<string, unknown>>): Flags {
  const known = Object.fromEntries(Object.keys(flagsSchema.shape).map((key) => [key, options[key]]))
  const parsed = flagsSchema.safeParse(
    Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  )
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const flag = String(issue?.path[0] ?? '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new UsageError(`--${flag}: ${issue?.message ?? 'wrong'}`)
  }
  const { incidentAt, secret } = parsed.data
  parseSecrets(secret)
  if (incidentAt !== undefined && !isInstant(incidentAt)) {
    throw new UsageError(
      `--incident-at ${incidentAt} is not an ISO time with Z or an offset, such as 2026-01-31T03:14:00Z`,
    )
  }
  return parsed.data
}

// Asks OpenSSH for the settings of a destination, so that Include, Match and every default are its own.
import { hostname, userInfo } from 'node:os'
import { execa } from 'execa'
import { PreflightError, UsageError } from '../../text/errors.ts'
import { word } from '../../text/quote.ts'
import type { LocalLogin } from './expand-path.ts'
import { parseSettings, type SshSettings } from './parse-settings.ts'

export interface SettingsOptions {
  /** `ssh -F`; without it ssh's own files are read. */
  readonly configFile?: string | undefined
  /** Where the host is, for one that no configuration knows: just launched, or with a new address. */
  readonly address?: { readonly host: string; readonly hostKeyAlias?: string | undefined } | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Who runs this program, from the password database where that knows. */
export function localLogin(env: SettingsOptions['env']): LocalLogin {
  try {
    const { homedir, username, uid } = userInfo()
    return { home: homedir, user: username, uid, hostname: hostname() }
  } catch {
    // A container may run as a number that no password database knows.
    return { home: env['HOME'] ?? '/', user: env['USER'] ?? '', uid: process.getuid?.() ?? 0, hostname: hostname() }
  }
}

const sshIsMissing = (cause: unknown): PreflightError =>
  new PreflightError(
    {
      code: 'ssh-missing',
      message: "OpenSSH's programs ssh and ssh-keygen are not on this machine's PATH",
      next: [{ why: 'install them (Debian, Ubuntu)', command: 'sudo apt-get install openssh-client' }],
    },
    cause,
  )

/**
 * Runs one of OpenSSH's programs on this machine and returns what it printed, whatever its exit code.
 * @throws PreflightError `ssh-missing`
 */
export async function openSsh(
  program: 'ssh' | 'ssh-add' | 'ssh-keygen',
  args: readonly string[],
  env: SettingsOptions['env'],
  limits: { readonly timeout?: number; readonly cancelSignal?: AbortSignal | undefined } = {},
) {
  const result = await execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: limits.timeout ?? 20_000,
    killDescendants: true,
    ...(limits.cancelSignal === undefined ? {} : { cancelSignal: limits.cancelSignal }),
  })
  if (result.code === 'ENOENT') throw sshIsMissing(result.cause)
  const { stdout, stderr, timedOut } = result
  return { exitCode: result.exitCode ?? null, stdout, stderr, timedOut }
}

/** The end of a command line of ssh that goes to the destination. */
export function sshArguments(destination: string, { configFile, address }: SettingsOptions): string[] {
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(address === undefined ? [] : ['-o', `HostName=${address.host}`]),
    ...(address?.hostKeyAlias === undefined ? [] : ['-o', `HostKeyAlias=${address.hostKeyAlias}`]),
    '--',
    destination,
  ]
}

/**
 * The effective configuration that `ssh destination` would use.
 * @param destination as ssh takes it: `host`, `user@host` or `ssh://user@host:port`
 * @throws UsageError for a destination that can't be one; PreflightError `ssh-missing` or `ssh-config-invalid`
 */
export async function sshSettings(destination: string, options: SettingsOptions): Promise<SshSettings> {
  // ssh would read it as a flag, and -oProxyCommand=… runs a program.
  if (destination.startsWith('-')) throw new UsageError(`a host's name can't begin with "-": ${destination}`)
  if (!/^[^\s\p{Cc}]+$/u.test(destination)) {
    throw new UsageError(`a host's name can't be empty or hold blanks: ${JSON.stringify(destination)}`)
  }
  const args = ['-G', ...sshArguments(destination, options)]
  const printed = await openSsh('ssh', args, options.env)
  if (printed.exitCode !== 0) {
    throw new PreflightError({
      code: 'ssh-config-invalid',
      message: `ssh can't work out its settings for ${destination}: ${printed.stderr.trim()}`,
      next: [
        {
          why: 'see what ssh says',
          command: ['ssh', ...args].map((each) => word(each)).join(' '),
        },
      ],
    })
  }
  return parseSettings(printed.stdout, {
    destination,
    configFile: options.configFile,
    local: localLogin(options.env),
    env: options.env,
  })
}

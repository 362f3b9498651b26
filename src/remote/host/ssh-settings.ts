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
  readonly env: Readonly<Record<string, string | undefined>>
}

function localLogin(env: SettingsOptions['env']): LocalLogin {
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
export async function openSsh(program: 'ssh' | 'ssh-keygen', args: readonly string[], env: SettingsOptions['env']) {
  const result = await execa(program, args, { env, extendEnv: false, reject: false, stdin: 'ignore', timeout: 20_000 })
  if (result.code === 'ENOENT') throw sshIsMissing(result.cause)
  return { exitCode: result.exitCode ?? null, stdout: result.stdout, stderr: result.stderr }
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
  const config = options.configFile === undefined ? [] : ['-F', options.configFile]
  const printed = await openSsh('ssh', ['-G', ...config, '--', destination], options.env)
  if (printed.exitCode !== 0) {
    throw new PreflightError({
      code: 'ssh-config-invalid',
      message: `ssh can't work out its settings for ${destination}: ${printed.stderr.trim()}`,
      next: [
        {
          why: 'see what ssh says',
          command: ['ssh', '-G', ...config, destination].map((each) => word(each)).join(' '),
        },
      ],
    })
  }
  return parseSettings(printed.stdout, { destination, local: localLogin(options.env), env: options.env })
}

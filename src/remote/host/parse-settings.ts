// Reads what `ssh -G` prints: one lower-case keyword and its value on each line, repeated where it is a list.
import { expandPath, type LocalLogin } from './expand-path.ts'

/** The effective ssh configuration for one destination, as far as a connection needs it. */
export interface SshSettings {
  /** As the operator named it. */
  readonly destination: string
  /** What `ssh -F` was given; undefined: ssh's own files. */
  readonly configFile: string | undefined
  readonly hostname: string
  readonly port: number
  readonly user: string
  /** The name that known_hosts is asked for in place of hostname and port. */
  readonly hostKeyAlias: string | null
  /** In order of preference; includes types that only OpenSSH knows. */
  readonly hostKeyAlgorithms: readonly string[]
  /** The user's, then the global ones; those that don't exist are still listed. */
  readonly knownHostsFiles: readonly string[]
  readonly identityFiles: readonly string[]
  readonly certificateFiles: readonly string[]
  /** Only keys of `identityFiles`, even when the agent holds more. */
  readonly identitiesOnly: boolean
  /** The agent's socket; null: no agent. */
  readonly agentSocket: string | null
  readonly proxyJump: string | null
  readonly proxyCommand: string | null
  /** ProxyUseFdpass, PKCS11Provider and KnownHostsCommand, as far as they are set: only OpenSSH itself has them. */
  readonly openSshOnly: readonly string[]
  readonly addressFamily: 'any' | 'inet' | 'inet6'
  readonly bindAddress: string | null
  /** Null: the configuration sets none. */
  readonly connectTimeoutMs: number | null
  /** 0: off. */
  readonly serverAliveIntervalMs: number
}

export interface SettingsContext {
  readonly destination: string
  readonly configFile?: string | undefined
  readonly local: LocalLogin
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Keyword → values, in the order printed. */
export function settingLines(printed: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>()
  for (const line of printed.split(/\r?\n/)) {
    const [, keyword, value] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (keyword === undefined || value === undefined) continue
    const key = keyword.toLowerCase()
    settings.set(key, [...(settings.get(key) ?? []), value])
  }
  return settings
}

// Several files stand on one line, unquoted. A blank starts a new one only before a root or a home, so that a
// folder's name may hold blanks.
const files = (value: string): string[] => value.split(/ (?=[/~])/)

const isSet = (value: string): boolean => value !== '' && value.toLowerCase() !== 'none'

const seconds = (value: string | undefined): number | null =>
  value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) * 1000 : null

// Its tokens are expanded already.
function agentSocket(value: string | undefined, env: SettingsContext['env']): string | null {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return env['SSH_AUTH_SOCK'] || null
  if (!isSet(value)) return null
  if (value.startsWith('$') && !value.startsWith('${')) return env[value.slice(1)] || null
  return value
}

const openSshOnly = ['proxyusefdpass', 'pkcs11provider', 'knownhostscommand']

/** @param printed what `ssh -G destination` wrote to its standard output */
export function parseSettings(printed: string, context: SettingsContext): SshSettings {
  const settings = settingLines(printed)
  const all = (key: string): readonly string[] => settings.get(key) ?? []
  const one = (key: string): string | undefined => all(key)[0]
  const orNull = (key: string): string | null => {
    const value = one(key)
    return value !== undefined && isSet(value) ? value : null
  }
  const family = one('addressfamily')
  const remote = {
    destination: context.destination,
    configFile: context.configFile,
    hostname: one('hostname') ?? context.destination,
    port: Number(/^\d{1,5}$/.exec(one('port') ?? '')?.[0] ?? 22),
    user: one('user') ?? context.local.user,
    hostKeyAlias: orNull('hostkeyalias'),
  }
  const expand = (path: string): string => expandPath(path, context.local, remote, context.env)
  return {
    ...remote,
    hostKeyAlgorithms: one('hostkeyalgorithms')?.split(',') ?? [],
    knownHostsFiles: [...all('userknownhostsfile'), ...all('globalknownhostsfile')].flatMap(files).filter(isSet),
    identityFiles: all('identityfile').filter(isSet).map(expand),
    certificateFiles: all('certificatefile').filter(isSet).map(expand),
    identitiesOnly: one('identitiesonly') === 'yes',
    agentSocket: agentSocket(one('identityagent'), context.env),
    proxyJump: orNull('proxyjump'),
    proxyCommand: orNull('proxycommand'),
    openSshOnly: openSshOnly.filter((key) => orNull(key) !== null && one(key) !== 'no'),
    addressFamily: family === 'inet' || family === 'inet6' ? family : 'any',
    bindAddress: orNull('bindaddress'),
    connectTimeoutMs: seconds(one('connecttimeout')),
    serverAliveIntervalMs: seconds(one('serveraliveinterval')) ?? 0,
  }
}

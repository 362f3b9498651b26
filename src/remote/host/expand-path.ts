// The paths in an ssh configuration may hold `~`, `%` tokens and `${VARIABLES}`. `ssh -G` expands them in the
// known-hosts files and the agent's socket, but prints identity and certificate files as written.

/** This side of the connection, as ssh_config(5) needs it for its tokens. */
export interface LocalLogin {
  /** From the password database, as OpenSSH takes it, not from HOME. */
  readonly home: string
  readonly user: string
  readonly uid: number
  readonly hostname: string
}

/** The other side, as its tokens need it. */
export interface RemoteLogin {
  /** As given on the command line. */
  readonly destination: string
  readonly hostname: string
  readonly hostKeyAlias: string | null
  readonly port: number
  readonly user: string
}

/**
 * A path of an ssh configuration with `~`, `${VARIABLE}` and the tokens of ssh_config(5) replaced. What can't be
 * replaced (`~somebody`, an unknown token, an unset variable) stays as it is and will name no file.
 */
export function expandPath(
  path: string,
  local: LocalLogin,
  remote: RemoteLogin,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: local.home,
    h: remote.hostname,
    i: String(local.uid),
    k: remote.hostKeyAlias ?? remote.hostname,
    L: local.hostname.split('.')[0] ?? local.hostname,
    l: local.hostname,
    n: remote.destination,
    p: String(remote.port),
    r: remote.user,
    u: local.user,
  }
  // One pass: what a token or variable brings in is not expanded again.
  const whole = path.replaceAll(/%(.)|\$\{(\w+)\}/g, (found, token?: string, name?: string) =>
    token === undefined ? (env[name ?? ''] ?? found) : (tokens[token] ?? found),
  )
  return whole === '~' || whole.startsWith('~/') ? local.home + whole.slice(1) : whole
}

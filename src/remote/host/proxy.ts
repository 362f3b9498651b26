// The program that carries a connection where the configuration asks for one: ProxyJump or ProxyCommand.
import { Duplex } from 'node:stream'
import type { SshSettings } from './parse-settings.ts'
import { startGroup } from './process-group.ts'
import type { SettingsOptions } from './ssh-settings.ts'

export interface Proxy {
  /** `ProxyJump bastion`, as the configuration has it. */
  readonly setting: string
  readonly stream: Duplex
  /** The end of what it wrote to standard error. */
  said(): string
  /** Ends it and all that it began. Resolves when they are gone. */
  end(): Promise<void>
}

interface Program {
  readonly setting: string
  readonly program: string
  readonly args: readonly string[]
}

/** A ProxyCommand with the tokens of ssh_config(5) replaced, which `ssh -G` leaves as written. */
export function expandProxyCommand(command: string, settings: SshSettings): string {
  const { hostname, destination, port, user, hostKeyAlias } = settings
  // As typed: `user@` and `ssh://` are no part of it.
  const typed = /^(?:ssh:\/\/)?(?:.*@)?(.*?)(?::\d+)?\/?$/.exec(destination)?.[1] ?? destination
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    h: hostname,
    k: hostKeyAlias ?? typed,
    n: typed,
    p: String(port),
    r: user,
  }
  return command.replaceAll(/%(.)/g, (found, token: string) => tokens[token] ?? found)
}

/**
 * What ssh would run to reach the host through its jumps, so that their keys and settings are OpenSSH's own.
 * Nobody is asked anything on the way, and the last jump's key has to be known.
 */
export function jumpArguments(settings: SshSettings, jumps: string, configFile: string | undefined): string[] {
  const hops = jumps.split(',')
  const last = hops.pop() ?? jumps
  const [, user, host, port] = /^(?:([^/]*)@)?(\[[^\]]*\]|[^:/]+)(?::(\d+))?$/.exec(last) ?? []
  return [
    ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ControlMaster=no'].flatMap((option) => ['-o', option]),
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', port]),
    ...(hops.length === 0 ? [] : ['-J', hops.join(',')]),
    '-W',
    `[${settings.hostname}]:${settings.port}`,
    '--',
    // `ssh://…` is taken as it is.
    host?.replaceAll(/[[\]]/g, '') ?? last,
  ]
}

function programFor(settings: SshSettings, { configFile, env }: SettingsOptions): Program | null {
  const { proxyJump, proxyCommand } = settings
  if (proxyJump !== null) {
    const args = jumpArguments(settings, expandProxyCommand(proxyJump, settings), configFile)
    return { setting: `ProxyJump ${proxyJump}`, program: 'ssh', args }
  }
  if (proxyCommand === null) return null
  const line = `exec ${expandProxyCommand(proxyCommand, settings)}`
  return { setting: `ProxyCommand ${proxyCommand}`, program: env['SHELL'] || '/bin/sh', args: ['-c', line] }
}

/** Null: the configuration asks for none. A program that can't be started is told by `said`, and the stream ends. */
export function startProxy(settings: SshSettings, options: SettingsOptions): Proxy | null {
  const found = programFor(settings, options)
  if (found === null) return null
  const child = startGroup(found.program, found.args, { ...options.env, SSH_ASKPASS_REQUIRE: 'never' })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000)
  })
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
  const ended = child.then(({ failed, cause }) => {
    if (failed && cause instanceof Error) said ||= cause.message
    stream.destroy()
  })
  return {
    setting: found.setting,
    stream,
    said: () => said,
    async end() {
      stream.destroy()
      child.kill()
      await ended
    },
  }
}

// A host behind ssh2: one connection, many commands.
import type { Client } from 'ssh2'
import { RemoteCommandError } from '../../text/errors.ts'
import type { Host } from '../host.ts'
import { ChannelRefused, channelSlots } from './channel-slots.ts'
import { settingUnsupported } from './connect-errors.ts'
import { openConnection, type ConnectionOptions } from './connection.ts'
import { execOnChannel } from './exec-channel.ts'
import { knownKeys } from './known-hosts.ts'
import type { SshSettings } from './parse-settings.ts'
import { sshSettings, type SettingsOptions } from './ssh-settings.ts'

export interface ConnectOptions extends SettingsOptions, ConnectionOptions {
  /** Commands at once; sshd allows 10 unless MaxSessions says otherwise. Default 8. */
  readonly maxChannels?: number | undefined
  /** For each of a command's stdout and stderr. Default 64 MiB. */
  readonly maxOutputBytes?: number | undefined
}

const closeMs = 2000

function sshHost(client: Client, settings: SshSettings, options: ConnectOptions): Host {
  const { destination } = settings
  const slots = channelSlots(options.maxChannels ?? 8)
  const context = { client, destination, maxOutputBytes: options.maxOutputBytes ?? 64 * 1024 * 1024 }
  const gone = new Promise<void>((resolve) => {
    client.once('close', () => resolve())
  })
  return {
    destination,
    user: settings.user,
    async exec(line, execOptions) {
      try {
        return await slots.run(() => execOnChannel(context, line, execOptions), execOptions.signal)
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error
        throw new RemoteCommandError({
          host: destination,
          command: line,
          exitCode: null,
          signal: null,
          stderrTail: error.message,
          timedOut: false,
        })
      }
    },
    async close() {
      // What the host no longer acknowledges is not waited for.
      const timer = setTimeout(() => client.destroy(), closeMs)
      client.end()
      await gone
      clearTimeout(timer)
    },
  }
}

/**
 * Connects to a host as `ssh destination` would, with the operator's configuration, known hosts, agent and keys.
 * A key that is not known is refused whatever StrictHostKeyChecking says: nothing here is looked at by a person.
 * @throws UsageError for a destination that can't be one; PreflightError, whose codes openConnection and sshSettings
 *   list
 */
export async function connect(destination: string, options: ConnectOptions): Promise<Host> {
  const settings = await sshSettings(destination, options)
  // The seam for other ways to the host: a spawned ProxyCommand as the socket, the system's ssh.
  if (settings.proxyJump !== null) throw settingUnsupported(settings, 'ProxyJump', settings.proxyJump)
  if (settings.proxyCommand !== null) throw settingUnsupported(settings, 'ProxyCommand', settings.proxyCommand)
  const known = await knownKeys(settings, options.env)
  return sshHost(await openConnection(settings, known, options), settings, options)
}

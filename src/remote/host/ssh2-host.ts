// A host behind ssh2: one connection, many commands.
import { PreflightError } from '../../text/errors.ts'
import type { Host } from '../host.ts'
import { channelSlots } from './channel-slots.ts'
import { proxyFailed } from './connect-errors.ts'
import { openConnection } from './connection.ts'
import { execOnChannel } from './exec-channel.ts'
import { defaultMaxOutputBytes, execInSlot } from './exec-outcome.ts'
import type { HostKeyTrust } from './host-key.ts'
import type { KnownKey } from './known-hosts.ts'
import type { SshSettings } from './parse-settings.ts'
import { startProxy, type Proxy } from './proxy.ts'
import type { ConnectOptions } from './ssh-host.ts'

const closeMs = 2000

async function connectThrough(
  proxy: Proxy | null,
  settings: SshSettings,
  known: readonly KnownKey[],
  trust: HostKeyTrust,
  options: ConnectOptions,
) {
  try {
    return await openConnection(settings, known, trust, options, proxy?.stream)
  } catch (error) {
    await proxy?.end()
    const said = proxy?.said().trim() ?? ''
    if (proxy === null || said === '' || !(error instanceof PreflightError) || error.code !== 'host-unreachable') {
      throw error
    }
    throw proxyFailed(settings, proxy.setting, said)
  }
}

/** @throws as openConnection */
export async function ssh2Host(
  settings: SshSettings,
  known: readonly KnownKey[],
  trust: HostKeyTrust,
  options: ConnectOptions,
): Promise<Host> {
  const { destination } = settings
  const proxy = startProxy(settings, options)
  const client = await connectThrough(proxy, settings, known, trust, options)
  const slots = channelSlots(options.maxChannels ?? 8)
  const limits = { destination, maxOutputBytes: options.maxOutputBytes ?? defaultMaxOutputBytes }
  const gone = new Promise<void>((resolve) => {
    client.once('close', () => resolve())
  }).then(() => proxy?.end())
  return {
    destination,
    user: settings.user,
    exec: (line, execOptions) =>
      execInSlot(slots, destination, line, execOptions.signal, () => execOnChannel(client, limits, line, execOptions)),
    async close() {
      // What the host no longer acknowledges is not waited for.
      const timer = setTimeout(() => client.destroy(), closeMs)
      client.end()
      await gone
      clearTimeout(timer)
    },
  }
}

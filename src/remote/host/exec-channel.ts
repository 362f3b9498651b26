// Runs one line over one channel of a connection and collects what it leaves.
import type { Client, ClientChannel } from 'ssh2'
import type { Output } from '../command.ts'
import type { ExecOptions } from '../host.ts'
import { ChannelRefused } from './channel-slots.ts'
import { checkLength, pendingExec, type ExecLimits } from './exec-outcome.ts'
import { forLoginShell } from './login-shell.ts'

/**
 * @throws ChannelRefused when the host opens no channel; RemoteCommandError; the signal's reason;
 *   LifeboatError `remote-output-too-large`; Bug for a line that no Linux host can take
 */
export function execOnChannel(client: Client, limits: ExecLimits, line: string, options: ExecOptions): Promise<Output> {
  const wrapped = forLoginShell(line)
  checkLength(wrapped)
  let channel: ClientChannel | undefined
  const pending = pendingExec(limits, line, options, () => channel?.close())

  const attach = (opened: ClientChannel): void => {
    channel = opened
    let code: number | null = null
    let signal: string | null = null
    let closing = 2
    // The channel closes when its stdout has ended; stderr may have more to give.
    const closed = (): void => {
      if (--closing > 0) return
      if (code !== null) pending.exited(code)
      else if (signal !== null) pending.killed(signal)
      else pending.lost()
    }
    opened.on('exit', (exitCode: number | null, exitSignal?: string) => {
      code = exitCode
      signal = exitSignal ?? null
    })
    opened.on('data', pending.stdout).once('close', closed)
    opened.stderr.on('data', pending.stderr).once('close', closed)
    // A write may fail because the command ended without reading: its exit code tells more.
    opened.on('error', () => undefined)
    opened.end(options.stdin === undefined ? undefined : Buffer.from(options.stdin))
    if (pending.settled) opened.close()
  }

  try {
    client.exec(wrapped, (error: (Error & { reason?: unknown }) | undefined, opened) => {
      if (error === undefined) attach(opened)
      // A number is the host's own answer (RFC 4254, 5.1); without one the connection went away.
      else if (typeof error.reason === 'number') pending.fail(new ChannelRefused(error.message))
      else pending.lost(error.message)
    })
  } catch (error) {
    // ssh2 throws at once when it is no longer connected.
    pending.lost(error instanceof Error ? error.message : String(error))
  }
  return pending.promise
}

// Runs one line over one channel of a connection and collects what it leaves.
import type { Client, ClientChannel } from 'ssh2'
import { Bug, LifeboatError, RemoteCommandError } from '../../text/errors.ts'
import type { Output } from '../command.ts'
import type { ExecOptions } from '../host.ts'
import { ChannelRefused } from './channel-slots.ts'
import { forLoginShell } from './login-shell.ts'

export interface ExecContext {
  readonly client: Client
  /** As the operator named it. */
  readonly destination: string
  /** For each of stdout and stderr. */
  readonly maxOutputBytes: number
}

// Linux takes no longer argument (MAX_ARG_STRLEN), and sshd hands the whole line to the shell as one.
const maxLineBytes = 128 * 1024 - 1

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')
const tail = (said: string): string => said.slice(-2000)

/**
 * @throws ChannelRefused when the host opens no channel; RemoteCommandError; the signal's reason;
 *   LifeboatError `remote-output-too-large`; Bug for a line that no Linux host can take
 */
export function execOnChannel(context: ExecContext, line: string, options: ExecOptions): Promise<Output> {
  const { client, destination } = context
  const wrapped = forLoginShell(line)
  const lineBytes = Buffer.byteLength(wrapped)
  if (lineBytes > maxLineBytes) throw new Bug(`a shell line of ${lineBytes} bytes is longer than ${maxLineBytes}`)

  const { promise, resolve, reject } = Promise.withResolvers<Output>()
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let channel: ClientChannel | undefined
  let settled = false

  const failed = (how: { exitCode: number | null; signal: string | null; timedOut: boolean }, said = text(stderr)) =>
    new RemoteCommandError({ host: destination, command: line, stderrTail: tail(said), ...how })
  const lost = (said?: string) => failed({ exitCode: null, signal: null, timedOut: false }, said)

  const settle = (finish: () => void): void => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    finish()
  }
  const giveUp = (error: unknown): void => {
    settle(() => reject(error))
    channel?.close()
  }
  const onAbort = (): void => giveUp(options.signal?.reason)
  const timer = setTimeout(() => giveUp(failed({ exitCode: null, signal: null, timedOut: true })), options.timeoutMs)
  options.signal?.addEventListener('abort', onAbort, { once: true })

  const collect = (chunks: Buffer[], name: string): ((chunk: Buffer) => void) => {
    let bytes = 0
    return (chunk) => {
      // Still read after the end, so that nothing waits for room.
      if (settled) return
      bytes += chunk.length
      if (bytes <= context.maxOutputBytes) chunks.push(chunk)
      else {
        const message = `a command on ${destination} writes more than ${context.maxOutputBytes} bytes to ${name}: ${line}`
        giveUp(new LifeboatError({ code: 'remote-output-too-large', message }))
      }
    }
  }

  const attach = (opened: ClientChannel): void => {
    channel = opened
    let code: number | null = null
    let signal: string | null = null
    let closing = 2
    // The channel closes when its stdout has ended; stderr may have more to give.
    const closed = (): void => {
      if (--closing > 0) return
      settle(() => {
        if (code === null) reject(failed({ exitCode: null, signal, timedOut: false }))
        else resolve({ code, stdout: text(stdout), stderr: text(stderr) })
      })
    }
    opened.on('exit', (exitCode: number | null, exitSignal?: string) => {
      code = exitCode
      signal = exitSignal ?? null
    })
    opened.on('data', collect(stdout, 'standard output')).once('close', closed)
    opened.stderr.on('data', collect(stderr, 'standard error')).once('close', closed)
    // A write may fail because the command ended without reading: its exit code tells more.
    opened.on('error', () => undefined)
    opened.end(options.stdin === undefined ? undefined : Buffer.from(options.stdin))
    if (settled) opened.close()
  }

  try {
    client.exec(wrapped, (error: (Error & { reason?: unknown }) | undefined, opened) => {
      if (error === undefined) attach(opened)
      // A number is the host's own answer (RFC 4254, 5.1); without one the connection went away.
      else if (typeof error.reason === 'number') settle(() => reject(new ChannelRefused(error.message)))
      else settle(() => reject(lost(error.message)))
    })
  } catch (error) {
    // ssh2 throws at once when it is no longer connected.
    settle(() => reject(lost(error instanceof Error ? error.message : String(error))))
  }
  return promise
}

// What becomes of one line on a host, however it gets there: its output and its end, or why nobody knows them.
import { Bug, LifeboatError, RemoteCommandError } from '../../text/errors.ts'
import { tail } from '../../text/tail.ts'
import type { Output } from '../command.ts'
import type { ExecOptions } from '../host.ts'
import { ChannelRefused, type ChannelSlots } from './channel-slots.ts'

export interface ExecLimits {
  /** As the operator named it. */
  readonly destination: string
  /** For each of stdout and stderr. */
  readonly maxOutputBytes: number
}

export interface PendingExec {
  readonly promise: Promise<Output>
  readonly settled: boolean
  /** Taken in also after the end, so that nothing waits for room. */
  readonly stdout: (chunk: Buffer) => void
  readonly stderr: (chunk: Buffer) => void
  readonly exited: (code: number) => void
  /** @param signal such as `SIGKILL` */
  readonly killed: (signal: string) => void
  /** Nobody will know how it ended. @param said why, where standard error tells less */
  readonly lost: (said?: string) => void
  readonly fail: (error: unknown) => void
}

export const defaultMaxOutputBytes = 64 * 1024 * 1024

// Linux takes no longer argument (MAX_ARG_STRLEN), and the whole line is one.
const maxLineBytes = 128 * 1024 - 1

/** @throws Bug for a line that no Linux host can take */
export function checkLength(line: string): void {
  const lineBytes = Buffer.byteLength(line)
  if (lineBytes > maxLineBytes) throw new Bug(`a shell line of ${lineBytes} bytes is longer than ${maxLineBytes}`)
}

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')

/**
 * Counts the time, watches the signal and the output's size.
 * @param stop ends what is under way, when it is given up
 * @returns its promise rejects with RemoteCommandError, the signal's reason or LifeboatError `remote-output-too-large`
 */
export function pendingExec(limits: ExecLimits, line: string, options: ExecOptions, stop: () => void): PendingExec {
  const { destination, maxOutputBytes } = limits
  const { promise, resolve, reject } = Promise.withResolvers<Output>()
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let settled = false

  const failed = (how: { signal?: string; timedOut?: boolean }) =>
    new RemoteCommandError({
      host: destination,
      command: line,
      stderrTail: tail(text(stderr)),
      exitCode: null,
      signal: how.signal ?? null,
      timedOut: how.timedOut ?? false,
    })
  const settle = (finish: () => void): void => {
    if (settled) return
    settled = true
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    finish()
  }
  const giveUp = (error: unknown): void => {
    settle(() => reject(error))
    stop()
  }
  const onAbort = (): void => giveUp(options.signal?.reason)
  const timer = setTimeout(() => giveUp(failed({ timedOut: true })), options.timeoutMs)
  options.signal?.addEventListener('abort', onAbort, { once: true })

  const collect = (chunks: Buffer[], name: string): ((chunk: Buffer) => void) => {
    let bytes = 0
    return (chunk) => {
      if (settled) return
      bytes += chunk.length
      if (bytes <= maxOutputBytes) chunks.push(chunk)
      else {
        const message = `a command on ${destination} writes more than ${maxOutputBytes} bytes to ${name}: ${line}`
        giveUp(new LifeboatError({ code: 'remote-output-too-large', message }))
      }
    }
  }
  return {
    promise,
    get settled() {
      return settled
    },
    stdout: collect(stdout, 'standard output'),
    stderr: collect(stderr, 'standard error'),
    exited: (code) => settle(() => resolve({ code, stdout: text(stdout), stderr: text(stderr) })),
    killed: (signal) => settle(() => reject(failed({ signal }))),
    lost: (said) => settle(() => reject(connectionLost(destination, line, text(stderr) || said))),
    fail: (error) => settle(() => reject(error)),
  }
}

/** For a line whose end nobody will know, or that did not begin. @param said what is known of it */
export const connectionLost = (destination: string, line: string, said = ''): RemoteCommandError =>
  new RemoteCommandError({
    host: destination,
    command: line,
    exitCode: null,
    signal: null,
    stderrTail: tail(said),
    timedOut: false,
  })

/** Runs a line in a channel of its own, when there is room. @throws what `exec` throws; RemoteCommandError */
export async function execInSlot(
  slots: ChannelSlots,
  destination: string,
  line: string,
  signal: AbortSignal | undefined,
  exec: () => Promise<Output>,
): Promise<Output> {
  try {
    return await slots.run(exec, signal)
  } catch (error) {
    throw error instanceof ChannelRefused ? connectionLost(destination, line, error.message) : error
  }
}

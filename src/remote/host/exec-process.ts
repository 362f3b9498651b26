// Runs one line through a process of this machine and collects what it leaves.
import { execa } from 'execa'
import type { Output } from '../command.ts'
import type { ExecOptions } from '../host.ts'
import { pendingExec, type ExecLimits, type PendingExec } from './exec-outcome.ts'

export interface LocalProcess {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

/** How a process ended; all null when it could not even begin. */
export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
}

export interface RunningExec {
  readonly promise: Promise<Output>
  /** Resolves when the process is gone, which may be later. */
  readonly ended: Promise<void>
  /** Ends it and all that it began; how the line would have ended stays unknown. */
  end(): void
}

// What does not end when asked to is killed.
const killAfterMs = 2000

/**
 * The process leads a group of its own, so that a terminal's Ctrl-C does not reach it and that all of it can be ended.
 * @param judge tells `pending` what the end of the process means for the line
 */
export function execProcess(
  limits: ExecLimits,
  line: string,
  options: ExecOptions,
  { program, args, env, cwd }: LocalProcess,
  judge: (pending: PendingExec, end: ProcessEnd) => void | Promise<void>,
): RunningExec {
  const child = execa(program, args, {
    env,
    extendEnv: false,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: options.stdin === undefined ? 'ignore' : 'pipe',
    buffer: false,
    reject: false,
    killDescendants: true,
    forceKillAfterDelay: killAfterMs,
  })
  const stop = (): void => {
    child.kill()
    // What it began may have left its group, and hold these open.
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const pending = pendingExec(limits, line, options, stop)
  child.stdout.on('data', pending.stdout)
  child.stderr.on('data', pending.stderr)
  // A write may fail because the command ended without reading: its exit code tells more.
  child.stdin?.on('error', () => undefined).end(Buffer.from(options.stdin ?? ''))
  const ended = child
    .then(({ exitCode, signal }) => {
      if (!pending.settled) return judge(pending, { exitCode: exitCode ?? null, signal: signal ?? null })
    })
    .catch(pending.fail)
  return {
    promise: pending.promise,
    ended,
    end() {
      pending.lost()
      stop()
    },
  }
}

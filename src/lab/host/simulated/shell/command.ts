// What a command of the host gets, and what it gives.
import type { HostFiles } from '../files/host-files.ts'
import type { CommandOutput } from '../kernel.ts'
import type { Machine } from '../machine.ts'
import type { LiveProcess } from '../process-table.ts'
import type { Systemd } from '../systemd/systemd.ts'
import type { Shell, ShellOptions } from './shell.ts'
import type { Account } from '../users.ts'

/** The host with what runs on it. */
export interface World {
  readonly machine: Machine
  readonly systemd: Systemd
  /** Another shell, as another user or in another mount namespace. */
  readonly shell: (options: ShellOptions) => Shell
}

/** Who runs a line, and where. */
export interface Session {
  readonly world: World
  readonly account: Account
  readonly files: HostFiles
  readonly process: LiveProcess
}

export interface Call extends Session {
  /** Without the command's own name. */
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: ReadonlyMap<string, string>
  /** As UTF-8. */
  readonly stdin: string
  /** As latin1. */
  readonly stdinBytes: string
  readonly signal: AbortSignal | undefined
  /** An absolute path. */
  readonly path: (given: string) => string
  /** Runs a line in this shell. */
  readonly run: (
    line: string,
    options?: { readonly cwd?: string; readonly stdinBytes?: string; readonly signal?: AbortSignal },
  ) => Promise<CommandOutput>
  /** The shell's own command of that name. */
  readonly original: (args: readonly string[]) => Promise<CommandOutput>
}

/** In which a command tells local times, an IANA name: its `TZ`, or else the host's. */
export const zoneOf = ({ env, world }: Pick<Call, 'env' | 'world'>): string =>
  (env.get('TZ') ?? '').replace(/^:/, '') || world.machine.timeZone()

/** Standard output may be given as latin1 bytes. */
export type Result = CommandOutput & { readonly isBytes?: boolean }

export type HostCommand = (call: Call) => Result | Promise<Result>

export const done = (stdout = ''): Result => ({ stdout, stderr: '', exitCode: 0 })

/** @param message one or more lines, without the last newline */
export const failed = (message: string, exitCode = 1, stdout = ''): Result => ({
  stdout,
  stderr: message === '' ? '' : `${message}\n`,
  exitCode,
})

export const notInThisLab = (what: string, exitCode = 1): Result => failed(`${what}: not in this lab`, exitCode)

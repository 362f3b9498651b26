// A program of the host that goes on: a model of what it does, in place of its text.
import type { Machine } from '../machine.ts'
import type { LiveProcess } from '../process-table.ts'
import type { Account } from '../users.ts'
import type { Systemd } from './systemd.ts'

export interface ProgramContext {
  readonly machine: Machine
  readonly systemd: Systemd
  readonly args: readonly string[]
  readonly account: Account
  readonly process: LiveProcess
  /** A line on its standard output or error. */
  readonly say: (text: string) => void
  /** sd_notify(3): it serves from now on. */
  readonly ready: (status?: string) => void
  readonly exit: (code: number) => void
}

/** Begins; the function that comes back ends it on SIGTERM. It may have called `exit` already. */
export type Program = (context: ProgramContext) => () => void

/** By the path in ExecStart=, or by the whole of it. */
export type Programs = Readonly<Record<string, Program>>

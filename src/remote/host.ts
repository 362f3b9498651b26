import type { Output } from './command.ts'

export interface ExecOptions {
  readonly stdin?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** A machine that runs shell lines. One connection, many lines. */
export interface Host {
  /** As the operator named it. */
  readonly destination: string
  /** The login's name on the host. */
  readonly user: string
  /**
   * Runs one line with the login's shell and waits for its end.
   * @throws RemoteCommandError when the line took too long or the connection went away; never for an exit code.
   */
  exec(line: string, options: ExecOptions): Promise<Output>
  close(): Promise<void>
}

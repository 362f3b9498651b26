import type { Output } from './command.ts'

export interface ExecOptions {
  readonly stdin?: string | Uint8Array
  /** Counted from the moment the host is asked to run the line. */
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
   * Runs one line with the host's /bin/sh, whatever the login's shell is, and waits for its end.
   * A timeout or an abort ends the waiting and closes the channel; the command itself may go on, as sshd does not
   * end it (this machine itself does): what must be known is read again.
   * @throws RemoteCommandError when the line took too long, was ended by a signal, or the connection went away
   *   (`connection-lost`); never for an exit code. The signal's reason when it was aborted.
   */
  exec(line: string, options: ExecOptions): Promise<Output>
  close(): Promise<void>
}

// The one door through which commands leave: to AWS, or to the host over its one connection.
import { Bug, RemoteCommandError } from '../text/errors.ts'
import { awsCliText } from './aws/cli-text.ts'
import type { Aws } from './aws/client.ts'
import type { Command, Output, ShellCommand } from './command.ts'
import { compressing, decompressed } from './compressed.ts'
import { linkTo, type LinkParts, type RunOptions } from './link.ts'

export interface Remote {
  /**
   * Runs a command. Over a connection that is lost meanwhile, what only reads is run again, and what runs in a unit is
   * waited for.
   * @throws AwsError, RemoteCommandError, and what connecting throws
   */
  run<T>(command: Command<T>, options?: RunOptions): Promise<T>
  close(): Promise<void>
}

const stderrTail = (output: Output): string => output.stderr.slice(-2000)

/** A word that no line of the text is, to end it with. */
function endMark(text: string): string {
  const lines = new Set(text.split('\n'))
  let mark = 'END'
  while (lines.has(mark)) mark += 'X'
  return mark
}

/**
 * A command as the operator would type it. A line that runs in a transient unit is shown without that wrapping:
 * typed by hand it does the same.
 */
export function commandText(command: Command<unknown>): string {
  if (command.kind === 'aws') return awsCliText(command)
  if (command.secret !== undefined) return `${command.line} # on standard input: ${command.secret.prompt}`
  if (command.stdin === undefined) return command.line
  const end = endMark(command.stdin)
  return `${command.line} <<'${end}'\n${command.stdin.replace(/\n?$/, '\n')}${end}`
}

/** @throws RemoteCommandError for an exit code that is no answer, Bug for an answer that can't be read */
function read<T>(command: ShellCommand<T>, output: Output, destination: string): T {
  if (!command.accepts.includes(output.code)) {
    throw new RemoteCommandError({
      host: destination,
      command: command.line,
      exitCode: output.code,
      signal: null,
      stderrTail: stderrTail(output),
      timedOut: false,
    })
  }
  try {
    return command.parse(command.compressed === true ? decompressed(output) : output)
  } catch (error) {
    throw new Bug(
      `the answer to "${command.line}" can't be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
}

export interface RemoteParts extends LinkParts {
  readonly aws: Aws
  /** The host as the operator named it. */
  readonly destination: string
}

/** Both sides are connected at their first command, not before. */
export function connectRemote(parts: RemoteParts): Remote {
  const link = linkTo(parts)
  return {
    async run(command, options = {}) {
      if (command.kind === 'aws') return parts.aws.send(command, options.signal)
      const sent = command.compressed === true ? { ...command, line: compressing(command.line) } : command
      return read(command, await link.exec(sent, options), parts.destination)
    },
    close: () => link.close(),
  }
}

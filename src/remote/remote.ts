// The one door through which commands leave: to AWS, or to the host over its one connection.
import { Bug, RemoteCommandError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { awsCliText } from './aws/cli-text.ts'
import type { Aws } from './aws/client.ts'
import type { Command, Output, ShellCommand } from './command.ts'
import type { Host } from './host.ts'
import { inUnit } from './linux/transient-unit.ts'

export interface Remote {
  /** @throws AwsError, RemoteCommandError, and what connecting throws */
  run<T>(command: Command<T>, signal?: AbortSignal): Promise<T>
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
  if (command.stdin === undefined) return command.line
  const end = endMark(command.stdin)
  return `${command.line} <<'${end}'\n${command.stdin.replace(/\n?$/, '\n')}${end}`
}

/** The line that the login's shell gets: in its unit, and through sudo where the login isn't root. */
export function lineFor(command: ShellCommand<unknown>, user: string): string {
  const line = command.unit === undefined ? command.line : inUnit(command.line, command.unit)
  return command.root && user !== 'root' ? sh`sudo -n /bin/sh -c ${line}` : line
}

async function onHost<T>(host: Host, command: ShellCommand<T>, signal: AbortSignal | undefined): Promise<T> {
  const output = await host.exec(lineFor(command, host.user), {
    timeoutMs: command.timeoutMs,
    ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
    ...(signal === undefined ? {} : { signal }),
  })
  const failed = {
    host: host.destination,
    command: command.line,
    exitCode: output.code,
    signal: null,
    stderrTail: stderrTail(output),
    timedOut: false,
  }
  if (!command.accepts.includes(output.code)) throw new RemoteCommandError(failed)
  try {
    return command.parse(output)
  } catch (error) {
    throw new Bug(
      `the answer to "${command.line}" can't be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
}

/** Both sides are connected at their first command, not before. */
export function connectRemote(parts: { readonly aws: Aws; readonly host: () => Promise<Host> }): Remote {
  let connecting: Promise<Host> | undefined
  return {
    async run(command, signal) {
      if (command.kind === 'aws') return parts.aws.send(command, signal)
      connecting ??= parts.host()
      return onHost(await connecting, command, signal)
    },
    async close() {
      const host = await connecting?.catch(() => undefined)
      await host?.close()
    },
  }
}

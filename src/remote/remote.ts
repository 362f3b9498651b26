// The one door through which commands leave: to AWS, or to the host over its one connection.
import { basename } from 'node:path'
import { packTar, type TarEntry } from 'modern-tar'
import { oneLine } from '../text/display.ts'
import { Bug, RemoteCommandError } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { many } from '../text/many.ts'
import { tail } from '../text/tail.ts'
import { awsCliText } from './aws/cli-text.ts'
import type { Aws } from './aws/client.ts'
import type { Command, Output, S3Get, ShellCommand } from './command.ts'
import { compressing, decompressed } from './compressed.ts'
import { curlConfig } from './curl-config.ts'
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

/** A comment that a shell leaves alone, whatever the keys are. */
function getsText(gets: readonly S3Get[]): string {
  const names = [...new Set(gets.map(({ bucket, key }) => oneLine(`s3://${bucket}/${key}`)))]
  return `# on standard input: a curl config with ${many(gets.length, 'signed URL')}, of ${few(names, 3)}`
}

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
  if (command.inputIs !== undefined) return `${command.line} # on standard input: ${command.inputIs}`
  if (command.gets !== undefined) return `${command.line} ${getsText(command.gets)}`
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
      stderrTail: tail(output.stderr),
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
  /** Told each URL that was signed, before it leaves: what the host says of it must not be shown. */
  readonly hideUrl: (url: string) => void
}

/** A transfer may begin as late as its command's time allows; no credentials sign for more than a week. */
const signedSeconds = ({ timeoutMs, signedForMs = timeoutMs }: ShellCommand<unknown>): number =>
  Math.min(604_800, Math.max(900, Math.ceil(signedForMs / 1000) + 300))

/** So many transfers of this machine go on at a time. */
const transfers = 8

/** For several who take from it: each is given once, and where one of them fails, no more are. */
function* oneByOne<T>(all: readonly T[]): Generator<T, void> {
  yield* all
}

/** Parts as the members of an archive that their files are called in. */
async function fetched(gets: readonly S3Get[], aws: Aws, signal: AbortSignal | undefined): Promise<TarEntry[]> {
  const members: TarEntry[] = []
  const queue = oneByOne(gets)
  const fetchNext = async (): Promise<void> => {
    for (const get of queue) {
      const body = await aws.getPart(get, signal)
      members.push({ header: { name: basename(get.output), size: body.length, type: 'file', mode: 0o600 }, body })
    }
  }
  await Promise.all(Array.from({ length: transfers }, fetchNext))
  return members
}

/** The command with its URLs signed, or with what this machine has fetched for it, on its standard input. */
async function supplied<T>(
  command: ShellCommand<T>,
  { aws, hideUrl }: RemoteParts,
  signal: AbortSignal | undefined,
): Promise<ShellCommand<T>> {
  const { gets, relays, ...rest } = command
  if (relays !== undefined) {
    return { ...rest, bytes: await packTar(await fetched(relays, aws, signal)) }
  }
  if (gets === undefined) return command
  if (command.stdin !== undefined || command.secret !== undefined)
    throw new Bug(`"${command.line}" has two standard inputs`)
  const urls = await Promise.all(gets.map((each) => aws.presignGet(each, signedSeconds(command))))
  for (const url of urls) hideUrl(url)
  return { ...rest, stdin: curlConfig(gets, urls) }
}

/** Both sides are connected at their first command, not before. */
export function connectRemote(parts: RemoteParts): Remote {
  const link = linkTo(parts)
  return {
    async run(command, options = {}) {
      if (command.kind === 'aws') return parts.aws.send(command, options.signal)
      const ready = await supplied(command, parts, options.signal)
      const sent = command.compressed === true ? { ...ready, line: compressing(command.line) } : ready
      return read(command, await link.exec(sent, options), parts.destination)
    },
    close: () => link.close(),
  }
}

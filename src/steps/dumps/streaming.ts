// A dump that is not kept on the host: it is read from S3 once to check it, and once more when it is put in place.
import {
  closeStream,
  feedStream,
  gaveUpStream,
  openStream,
  rangeFile,
  streamedBytes,
  streamFolder,
} from '../../remote/linux/stream.ts'
import type { S3Get, ShellCommand } from '../../remote/command.ts'
import { oneLine } from '../../text/display.ts'
import { LifeboatError, Refused, RemoteCommandError } from '../../text/errors.ts'
import { isStreamed } from '../carrier.ts'
import type { Run } from '../step.ts'
import { dumpKey, type DumpObject } from './dump-answer.ts'
import { isCompanion } from './kinds.ts'
import { meanwhile, pacing } from './meanwhile.ts'
import { chosenObjects, getFrom } from './objects.ts'
import { stagedName } from './parts.ts'
import { s3Url } from './s3-url.ts'

/** Credentials that were lent are renewed minutes before they end: URLs are signed anew more often than that. */
const renewedEveryMs = 120_000

/** What streams is fed by; nothing where the dump is staged. */
export const streamCommands = (run: Run, gets: readonly S3Get[] = []): ShellCommand<string>[] =>
  isStreamed(run) ? [openStream(run.id), feedStream(run.id, gets, s3Url(run.answer(dumpKey))), closeStream(run.id)] : []

/** Where its commands find what is streamed; null where the dump is staged. */
export const streamOf = (run: Run): string | null => (isStreamed(run) ? streamFolder(run.id) : null)

function getsOf(run: Run, objects: readonly DumpObject[]): S3Get[] {
  const dump = run.answer(dumpKey)
  return objects.flatMap((object, at) => {
    const output = rangeFile(run.id, stagedName(at))
    const [from, to] = object.size === 0 ? [null, null] : [0, object.size - 1]
    return isCompanion(object.key) ? [] : [getFrom(dump, object, { from, to, output })]
  })
}

/** What it has told of the stream, where that is what went wrong; else the error as it is. */
export function streamError(run: Run, error: unknown): unknown {
  const said = error instanceof RemoteCommandError ? gaveUpStream.exec(error.stderrTail) : null
  if (!isStreamed(run) || said === null) return error
  const notChanged = ['no service was stopped, and the old data is as it was']
  if (['404', '412'].includes(said[1] ?? ''))
    return new Refused({
      code: 'dump-changed',
      message: `the dump was written over or removed while it was read: ${oneLine(said[0])}`,
      notChanged,
      next: [{ why: 'begin anew with what is there now', command: `lifeboat undo ${run.id}` }],
    })
  return new LifeboatError({
    code: 'stream-broken',
    message: `${run.host.name} could not read the dump to its end: ${oneLine(said[0])}`,
    notChanged,
    next: [{ why: 'when that is mended: go on; it is read from its beginning', command: `lifeboat resume ${run.id}` }],
  })
}

/** Whether it is known how the command ended, and so that nothing reads the stream any more. */
const hasEnded = (error: unknown): boolean => error instanceof RemoteCommandError && error.exitCode !== null

/**
 * Runs a command that reads the dump. Where it is streamed, the host is handed new URLs as long as that takes.
 * @throws what running it throws
 */
export async function readingDump<T>(run: Run, command: ShellCommand<T>, waitingFor: string): Promise<T> {
  const gets = isStreamed(run) ? getsOf(run, await chosenObjects(run)) : []
  const [open, feed, close] = streamCommands(run, gets)
  if (open === undefined || feed === undefined || close === undefined) return run.do(command)
  await run.do(open)
  await run.do(feed)
  let fedAt = run.now().getTime()
  const total = gets.reduce((sum, { to }) => sum + (to === null ? 0 : to + 1), 0)
  const pace = pacing(total)
  // Old URLs last, too: what can't be renewed or seen now is no reason to end the pass.
  async function look(): Promise<void> {
    const now = run.now().getTime()
    if (feed !== undefined && now - fedAt >= renewedEveryMs) {
      fedAt = now
      await run.do(feed)
    }
    const done = Math.min(total, await run.do(streamedBytes(run.id)))
    run.report({ done, total, unit: 'bytes', waitingFor: `${waitingFor}${pace(done, now)}` })
  }
  try {
    const result = await meanwhile(run, run.do(command), waitingFor, look)
    await run.do(close)
    return result
  } catch (error) {
    if (hasEnded(error)) await run.do(close)
    throw error
  }
}

// Where a run's objects are kept on the host, and whether there is room for them.
import { posix } from 'node:path'
import { roomAt } from '../../remote/linux/staging.ts'
import { streamFolder, streamMemory } from '../../remote/linux/stream.ts'
import { bytes } from '../../text/bytes.ts'
import { many } from '../../text/many.ts'
import type { Run } from '../step.ts'
import { dumpKey } from './dump-answer.ts'
import { chosenObjects } from './objects.ts'
import { bytesOf, partLimit, partsOf } from './parts.ts'

/** Where this run's objects are on the host until the end. */
export const stagingOf = (run: Run): { dir: string } => ({ dir: posix.join(run.host.staging, run.id) })

/** Why the dump can't be staged on the host, in numbers; undefined where it can. */
export async function noRoomToStage(run: Run): Promise<string | undefined> {
  const dump = run.answer(dumpKey)
  const { freeBytes, freeFiles, mountpoint } = await run.do(roomAt(stagingOf(run).dir))
  const parts = partsOf(await chosenObjects(run), partLimit(dump.kind))
  // What of duplicity's comes in parts is put together beside them.
  const joined = dump.kind === 'duplicity' ? parts.filter(({ from }) => from !== null) : []
  const there = bytesOf([...parts, ...joined])
  if (there <= freeBytes && dump.objects <= (freeFiles ?? dump.objects)) return undefined
  const files = freeFiles !== null && dump.objects > freeFiles ? `, for ${many(freeFiles, 'file')}` : ''
  return `the dump has ${bytes(there)} in ${many(dump.objects, 'object')}; ${mountpoint} has ${bytes(freeBytes)} free${files}`
}

/** A list of the objects, whose keys have up to 1,024 bytes (Amazon S3, object keys), and what is noted of what is in them. */
const notesBytes = (objects: number): number => 64 * 1024 + objects * 2048

/** Why it can't even be streamed: some memory, and room for notes, has to be there. */
export async function noRoomToStream(run: Run): Promise<string | undefined> {
  const needs = [
    { path: streamFolder(run.id), bytes: streamMemory },
    { path: stagingOf(run).dir, bytes: notesBytes(run.answer(dumpKey).objects) },
  ]
  for (const need of needs) {
    const { freeBytes, mountpoint } = await run.do(roomAt(need.path))
    if (freeBytes < need.bytes)
      return `streaming the dump needs ${bytes(need.bytes)} on ${mountpoint}, which has ${bytes(freeBytes)} free`
  }
  return undefined
}

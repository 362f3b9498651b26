// How the parts of a dump get onto the host: by its own curl, or through this machine.
import { posix } from 'node:path'
import { fetchParts, relayParts, sizesIn, type FetchOutcome } from '../../remote/linux/staging.ts'
import type { S3Get, ShellCommand } from '../../remote/command.ts'
import { oneLine } from '../../text/display.ts'
import { LifeboatError, Refused } from '../../text/errors.ts'
import { many } from '../../text/many.ts'
import { passesThroughHere } from '../carrier.ts'
import type { Run } from '../step.ts'
import { dumpKey, type Dump, type DumpObject } from './dump-answer.ts'
import { meanwhile, pacing } from './meanwhile.ts'
import { bytesOf, partLimit, partsOf, relayedBytes, type Part } from './parts.ts'
import { getFrom } from './objects.ts'
import { s3Url } from './s3-url.ts'

const getOf = (dump: Dump, dir: string, { object, name, from, to }: Part): S3Get =>
  getFrom(dump, object, { from, to, output: posix.join(dir, name) })

/** How much is asked for at a time: its URLs are signed just before, and progress is told after it. */
const batchBytes = 512 * 1024 * 1024
const batchParts = 500

function nextBatch(left: Iterable<Part>, most = batchBytes): Part[] {
  const batch: Part[] = []
  let size = 0
  for (const part of left) {
    if (batch.length === batchParts || (batch.length > 0 && size + part.bytes > most)) break
    batch.push(part)
    size += part.bytes
  }
  return batch
}

const sizesOf = (run: Run, dir: string, parts: readonly Part[]): Promise<Map<string, number>> =>
  run.do(
    sizesIn(
      dir,
      parts.map((part) => part.name),
    ),
  )

/** The parts that are not whole yet. */
export async function missing(run: Run, dir: string, parts: readonly Part[]): Promise<Part[]> {
  const sizes = await sizesOf(run, dir, parts)
  return parts.filter((part) => sizes.get(part.name) !== part.bytes)
}

/** Why nothing came, as far as curl could tell. @throws LifeboatError */
function gaveUp(run: Run, { bucket }: Dump, { statuses, stderr, code }: FetchOutcome): never {
  const said = oneLine(stderr).slice(-300) || `curl ended with ${code}`
  const notChanged = ['no service was stopped, and the old data is as it was']
  const again = { why: 'when that is mended: go on; what was fetched is kept', command: `lifeboat resume ${run.id}` }
  if (statuses.includes('403'))
    throw new LifeboatError({
      code: 's3-refused-host',
      message: `S3 lets this identity see the bucket ${bucket}, and refuses its objects to ${run.host.name}: ${said}`,
      notChanged,
      next: [
        {
          why: 'see from which address the host asks: a policy with aws:SourceIp has to allow it',
          command: run.onHost('curl -s https://checkip.amazonaws.com'),
        },
        again,
      ],
    })
  const become = statuses.includes('412') ? 'was written over' : statuses.includes('404') ? 'was deleted in part' : null
  if (become !== null)
    throw new Refused({
      code: 'dump-changed',
      message: `the dump ${become} while it was fetched: ${said}`,
      notChanged,
      next: [{ why: 'begin anew with what is there now', command: `lifeboat undo ${run.id}` }],
    })
  throw new LifeboatError({
    code: 'fetch-failed',
    message: `${run.host.name} can't fetch from the bucket ${bucket}: ${said}`,
    notChanged,
    next: [again],
  })
}

/** In a row, without a single part that became whole. */
const vainTries = 4

async function fetchAll(run: Run, dump: Dump, dir: string, parts: readonly Part[]): Promise<void> {
  const total = bytesOf(parts)
  let left = await missing(run, dir, parts)
  const pace = pacing(total)
  for (let vain = 0; left.length > 0;) {
    const before = total - bytesOf(left)
    const waitingFor = `the host to fetch ${many(left.length, 'part')}`
    const tell = (came: number): void => {
      const done = before + came
      const fast = pace(done, run.now().getTime())
      run.report({ done, total, unit: 'bytes', waitingFor: `${waitingFor}${fast}` })
    }
    tell(0)
    const batch = nextBatch(left)
    const gets = batch.map((part) => getOf(dump, dir, part))
    const outcome = await meanwhile(run, run.do(fetchParts(gets, s3Url(dump))), waitingFor, async () => {
      const sizes = await sizesOf(run, dir, batch)
      tell(batch.reduce((sum, part) => sum + Math.min(part.bytes, sizes.get(part.name) ?? 0), 0))
    })
    const still = await missing(run, dir, batch)
    vain = still.length < batch.length ? 0 : vain + 1
    const isGone = vain > 0 && outcome.statuses.some((each) => /^4(04|12)$/.test(each))
    // A URL that has expired is refused like one that a policy forbids: another one tells which it was.
    const isRefused = vain > 1 && outcome.statuses.includes('403')
    if (vain === vainTries || isGone || isRefused) gaveUp(run, dump, outcome)
    if (vain > 0) await run.wait('S3, before the host asks it again', 2000 * vain)
    left = [...still, ...left.slice(batch.length)]
  }
  run.report({ done: total, total, unit: 'bytes', waitingFor: null })
}

/** The parts of the chosen dump, as large as the way that they take allows. */
export const partsOfDump = (run: Run, objects: readonly DumpObject[]): Part[] =>
  partsOf(objects, passesThroughHere(run) ? relayedBytes : partLimit(run.answer(dumpKey).kind))

/** So many batches are on their way at a time: while one goes out, the next ones come in. */
const underway = 3

/** Each batch is held in memory, and is what a lost connection costs. For several who take from it, each once. */
function* relayBatches(parts: readonly Part[]): Generator<Part[], void> {
  for (let at = 0; at < parts.length;) {
    const batch = nextBatch(parts.slice(at, at + batchParts), relayedBytes)
    yield batch
    at += batch.length
  }
}

/** This machine gets the parts and passes them on. */
async function relayAll(run: Run, dump: Dump, dir: string, parts: readonly Part[]): Promise<void> {
  const total = bytesOf(parts)
  const left = await missing(run, dir, parts)
  const pace = pacing(total)
  let done = total - bytesOf(left)
  const tell = (): void => {
    const fast = pace(done, run.now().getTime())
    run.report({ done, total, unit: 'bytes', waitingFor: `the dump to pass through here to the host${fast}` })
  }
  const queue = relayBatches(left)
  const passOn = async (): Promise<void> => {
    for (const batch of queue) {
      tell()
      const gets = batch.map((part) => getOf(dump, dir, part))
      await run.do(relayParts(dir, gets, s3Url(dump)))
      done += bytesOf(batch)
    }
  }
  await Promise.all(Array.from({ length: underway }, passOn))
  run.report({ done: total, total, unit: 'bytes', waitingFor: null })
}

/** What brings the parts, as it is shown beforehand: which ones is on its standard input. */
export function carrying(run: Run, dir: string): ShellCommand<unknown> {
  const of = s3Url(run.answer(dumpKey))
  return passesThroughHere(run) ? relayParts(dir, [], of) : fetchParts([], of)
}

/** Brings what is not there yet. @throws LifeboatError where nothing comes any more */
export const carryAll = (run: Run, dir: string, parts: readonly Part[]): Promise<void> =>
  (passesThroughHere(run) ? relayAll : fetchAll)(run, run.answer(dumpKey), dir, parts)

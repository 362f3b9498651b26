import { posix } from 'node:path'
import { z } from 'zod'
import {
  fetchParts,
  listStaged,
  makeStaging,
  relayPart,
  removeStaging,
  roomAt,
  sizesIn,
  type FetchOutcome,
} from '../remote/linux/staging.ts'
import type { S3Get, ShellCommand } from '../remote/command.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { LifeboatError, Refused, type Resource } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { sh } from '../text/quote.ts'
import { passesThroughHere } from './carrier.ts'
import { dumpKey, type Dump, type DumpObject } from './dumps/dump-answer.ts'
import { s3Url } from './dumps/s3-url.ts'
import { isCompanion } from './dumps/kinds.ts'
import { chosenObjects } from './dumps/objects.ts'
import { partLimit, partsOf, relayedBytes, stagedName, type Part } from './dumps/parts.ts'
import { badPaths, pathOf } from './dumps/paths.ts'
import { dumpPlaceChoice } from './dump-place.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({ dir: z.string() })

type Before = z.infer<typeof before>

const effect = z.object({ dir: z.string(), objects: z.number(), bytes: z.number() })

/** Where this run's objects are on the host until the end. */
export const stagingOf = (run: Run): Before => ({ dir: posix.join(run.host.staging, run.id) })

const getOf = (dump: Dump, dir: string, { object, name, from, to }: Part): S3Get => ({
  bucket: dump.bucket,
  region: dump.region,
  key: object.key,
  versionId: object.versionId,
  etag: object.versionId === null ? object.etag : null,
  from,
  to,
  output: posix.join(dir, name),
})

/** How much is asked for at a time: its URLs are signed just before, and progress is told after it. */
const batchBytes = 512 * 1024 * 1024
const batchParts = 500

function nextBatch(left: readonly Part[]): Part[] {
  const batch: Part[] = []
  let size = 0
  for (const part of left) {
    if (batch.length === batchParts || (batch.length > 0 && size + part.bytes > batchBytes)) break
    batch.push(part)
    size += part.bytes
  }
  return batch
}

/** The parts that are not whole yet. */
async function missing(run: Run, dir: string, parts: readonly Part[]): Promise<Part[]> {
  const sizes = await run.do(
    sizesIn(
      dir,
      parts.map((part) => part.name),
    ),
  )
  return parts.filter((part) => sizes.get(part.name) !== part.bytes)
}

const bytesOf = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.bytes, 0)

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
  if (statuses.includes('412'))
    throw new Refused({
      code: 'dump-changed',
      message: `the dump was written over while it was fetched: ${said}`,
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
  const began = run.now().getTime()
  const atFirst = bytesOf(left)
  for (let vain = 0; left.length > 0;) {
    const done = total - bytesOf(left)
    const rate = (atFirst - bytesOf(left)) / Math.max(1, (run.now().getTime() - began) / 1000)
    const speed = rate > 0 ? `, at ${bytes(rate)}/s` : ''
    run.report({ done, total, unit: 'bytes', waitingFor: `the host to fetch ${left.length} parts${speed}` })
    const batch = nextBatch(left)
    const outcome = await run.do(
      fetchParts(
        batch.map((part) => getOf(dump, dir, part)),
        s3Url(dump),
      ),
    )
    const still = await missing(run, dir, batch)
    vain = still.length < batch.length ? 0 : vain + 1
    if (vain === vainTries || (vain > 0 && outcome.statuses.some((each) => /^4(03|04|12)$/.test(each))))
      gaveUp(run, dump, outcome)
    if (vain > 0) await run.wait('S3, before the host asks it again', 2000 * vain)
    left = [...still, ...left.slice(batch.length)]
  }
  run.report({ done: total, total, unit: 'bytes', waitingFor: null })
}

const partsOfDump = (run: Run, objects: readonly DumpObject[]): Part[] =>
  partsOf(objects, passesThroughHere(run) ? relayedBytes : partLimit(run.answer(dumpKey).kind))

/** So many parts are on their way at a time: while one goes out, the next ones come in. */
const underway = 3

/** This machine gets the parts and passes them on. */
async function relayAll(run: Run, dump: Dump, dir: string, parts: readonly Part[]): Promise<void> {
  const total = bytesOf(parts)
  const left = await missing(run, dir, parts)
  const began = run.now().getTime()
  for (let at = 0; at < left.length; at += underway) {
    const done = total - bytesOf(left.slice(at))
    const rate = (bytesOf(left.slice(0, at)) * 1000) / Math.max(1000, run.now().getTime() - began)
    const speed = rate > 0 ? `, at ${bytes(rate)}/s` : ''
    run.report({ done, total, unit: 'bytes', waitingFor: `the dump to pass through here to the host${speed}` })
    const some = left.slice(at, at + underway)
    await Promise.all(some.map((part) => run.do(relayPart(getOf(dump, dir, part), s3Url(dump)))))
  }
  run.report({ done: total, total, unit: 'bytes', waitingFor: null })
}

/** What passing on any part looks like: which one it is goes with its bytes. */
function relayAny(run: Run, dir: string): ShellCommand<string> {
  const dump = run.answer(dumpKey)
  const object = { key: dump.prefix, size: 0, etag: '', versionId: null, lastModified: dump.writtenAt }
  return relayPart(getOf(dump, dir, { object, name: stagedName(0), bytes: 0, from: null, to: null }), s3Url(dump))
}

/** Who may write to the bucket chooses the keys: none may become a file outside of the folder. @throws Refused */
function refuseBadPaths(dump: Dump, objects: readonly DumpObject[]): void {
  const bad = badPaths(dump, objects)
  if (bad.length === 0) return
  throw new Refused({
    code: 'dump-paths',
    message: `the dump can't be a folder: ${few(bad.map(oneLine), 3, '; ')}`,
    notChanged: ['nothing was fetched'],
    next: [{ why: 'see what is there', command: sh`aws s3 ls --recursive ${s3Url(dump)}` }],
  })
}

/** Brings the dump onto the host, into a folder of the run's own. */
export const fetchAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'fetch',
  version: 1,
  needs: ['dump', 'carrier', 'place', 'gate'],
  title: 'fetch the dump onto the host',
  why: 'The host fetches from S3 by itself, with URLs that are signed for one object and a short time: it needs no credentials, and nothing goes through your link. They are handed over on standard input, where no list of processes shows them. Where the host may not, this machine fetches, and passes on over ssh. The service still runs on its old data: a dump that turns out to be broken has cost nothing.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'put-in-place',
  renews: true,
  commands: (run, stood = stagingOf(run)) => [
    makeStaging(stood.dir),
    listStaged(stood.dir, []),
    passesThroughHere(run) ? relayAny(run, stood.dir) : fetchParts([], s3Url(run.answer(dumpKey))),
  ],
  async survey(run) {
    const stood = stagingOf(run)
    const dump = run.answer(dumpKey)
    const [staging, target] = [
      await run.do(roomAt(stood.dir)),
      await recipeOf(run).room(run, run.answer(dumpPlaceChoice)),
    ]
    const objects = await chosenObjects(run)
    if (dump.kind === 'folder') refuseBadPaths(dump, objects)
    const parts = partsOfDump(run, objects)
    // What of duplicity's comes in parts is put together beside them.
    const joined = dump.kind === 'duplicity' ? parts.filter(({ from }) => from !== null) : []
    const there = bytesOf([...parts, ...joined])
    if (there > staging.freeBytes || dump.objects > (staging.freeFiles ?? dump.objects))
      throw new Refused({
        code: 'no-room',
        message: `the dump has ${bytes(there)} in ${dump.objects} objects; ${staging.mountpoint} has ${bytes(staging.freeBytes)} free`,
        notChanged: ['nothing was fetched'],
        next: [
          { why: 'name a folder with room as "staging" in the config, then', command: `lifeboat resume ${run.id}` },
        ],
      })
    if (target !== null && dump.bytes > target.freeBytes)
      throw new Refused({
        code: 'no-room',
        message: `the dump has ${bytes(dump.bytes)}, and stays beside the old data; ${target.mountpoint} has ${bytes(target.freeBytes)} free`,
        notChanged: ['nothing was fetched'],
        next: [{ why: `make room for ${run.answer(dumpPlaceChoice)}, then`, command: `lifeboat resume ${run.id}` }],
      })
    return stood
  },
  find: async () => ({ state: 'absent' }),
  async perform(run, { dir }) {
    const dump = run.answer(dumpKey)
    const objects = await chosenObjects(run)
    await run.do(makeStaging(dir))
    await run.do(
      listStaged(
        dir,
        objects
          .map(({ key }, at) => ({ name: stagedName(at), path: pathOf(dump, key), key }))
          // Of a folder every file is one; beside anything else lie checksums of it.
          .filter(({ key }) => dump.kind === 'folder' || !isCompanion(key)),
      ),
    )
    await (passesThroughHere(run) ? relayAll : fetchAll)(run, dump, dir, partsOfDump(run, objects))
    return { dir, objects: objects.length, bytes: dump.bytes }
  },
  async verify(run, _stood, { dir }): Promise<Finding[]> {
    const left = await missing(run, dir, partsOfDump(run, await chosenObjects(run)))
    return left.length === 0 ? [] : [{ level: 'error', message: `${left.length} parts are not whole in ${dir}` }]
  },
  undo: {
    commands: (_run, { dir }) => [removeStaging(dir)],
    async perform(run, { dir }) {
      await run.do(removeStaging(dir))
    },
  },
  resources: (run, { dir }) => [stagingResource(run, dir)],
}

/** What was fetched, which is only there until the end. */
const stagingResource = (run: Run, dir: string): Resource => ({
  kind: 'folder',
  id: dir,
  region: null,
  host: run.host.name,
  state: 'fetched objects',
  madeByUs: true,
})

import { z } from 'zod'
import { listStaged, makeStaging, removeStaging } from '../remote/linux/staging.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { Refused, type Resource } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { sh } from '../text/quote.ts'
import { howToStream, isStreamed } from './carrier.ts'
import { carrying, carryAll, missing, partsOfDump } from './dumps/carry.ts'
import { dumpKey, type Dump, type DumpObject } from './dumps/dump-answer.ts'
import { s3Url } from './dumps/s3-url.ts'
import { isCompanion } from './dumps/kinds.ts'
import { chosenObjects } from './dumps/objects.ts'
import { stagedName } from './dumps/parts.ts'
import { noRoomToStage, noRoomToStream, stagingOf } from './dumps/staging.ts'
import { badPaths, pathOf } from './dumps/paths.ts'
import { dumpPlaceChoice } from './dump-place.ts'
import { onlyOf } from './only.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({ dir: z.string() })

type Before = z.infer<typeof before>

const effect = z.object({ dir: z.string(), objects: z.number(), bytes: z.number() })

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
    ...(isStreamed(run) ? [] : [carrying(run, stood.dir)]),
  ],
  async survey(run) {
    const stood = stagingOf(run)
    const dump = run.answer(dumpKey)
    const target = await recipeOf(run).room(run, run.answer(dumpPlaceChoice), onlyOf(run))
    if (dump.kind === 'folder') refuseBadPaths(dump, await chosenObjects(run))
    const noRoom = isStreamed(run) ? await noRoomToStream(run) : await noRoomToStage(run)
    if (noRoom !== undefined)
      throw new Refused({
        code: 'no-room',
        message: noRoom,
        notChanged: ['nothing was fetched'],
        next: [
          { why: 'name a folder with room as "staging" in the config, then', command: `lifeboat resume ${run.id}` },
          ...(isStreamed(run) || recipeOf(run).staged !== undefined
            ? []
            : [
                {
                  why: `${howToStream}: take this run back, and begin with --fetch stream`,
                  command: `lifeboat undo ${run.id}`,
                },
              ]),
        ],
      })
    // What one path needs is told when the dump has been read.
    if (target !== null && onlyOf(run) === null && dump.bytes > target.freeBytes)
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
    if (isStreamed(run)) run.finding('info', 'nothing is kept on the host: the dump is read from S3 when it is needed')
    else await carryAll(run, dir, partsOfDump(run, objects))
    return { dir, objects: objects.length, bytes: dump.bytes }
  },
  async verify(run, _stood, { dir }): Promise<Finding[]> {
    const left = isStreamed(run) ? [] : await missing(run, dir, partsOfDump(run, await chosenObjects(run)))
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

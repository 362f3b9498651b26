import { z } from 'zod'
import { digestsIn } from '../remote/linux/staging.ts'
import { bytes } from '../text/bytes.ts'
import { nearest } from '../text/nearest.ts'
import { sh } from '../text/quote.ts'
import { oneLine } from '../text/display.ts'
import { Refused } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { isStreamed } from './carrier.ts'
import { differing, partSizesOf } from './dumps/checksums.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { s3Url } from './dumps/s3-url.ts'
import { readingDump, streamCommands, streamError } from './dumps/streaming.ts'
import { fetchAction } from './fetch.ts'
import { onlyOf } from './only.ts'
import { placesOf } from './places.ts'
import type { Checked } from './recipes/recipe.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Action, Run } from './step.ts'

const nothing = z.object({})
const effect = z.object({
  facts: z.array(z.string()),
  unpackedBytes: z.number().nullable(),
  compared: z.number(),
})

const broken = (run: Run, problems: readonly string[]): Refused =>
  new Refused({
    code: 'dump-broken',
    message: `the dump can't be restored: ${few(problems.map(oneLine), 3, '; ')}`,
    notChanged: ['no service was stopped, and the old data is as it was'],
    next: [{ why: 'take this run back, and choose another dump', command: `lifeboat undo ${run.id}` }],
  })

const shut = (run: Run, why: readonly string[]): Refused =>
  new Refused({
    code: 'dump-locked',
    message: `the dump can't be opened: ${few(why.map(oneLine), 3, '; ')}`,
    notChanged: ['no service was stopped, and the old data is as it was'],
    next: [
      {
        why: 'give its passphrase in a file of this machine, and go on; what was fetched is kept',
        command: `lifeboat resume ${run.id} --secret passphrase=@FILE`,
      },
      ...(run.answer(dumpKey).kind === 'duplicity'
        ? [{ why: 'or type it', command: `lifeboat resume ${run.id}` }]
        : []),
    ],
  })

interface Read extends Checked {
  readonly differ: readonly string[]
  /** How many have a checksum in S3 that could be compared. */
  readonly compared: number
}

/** What is streamed is compared and read in one pass; what is staged is only read where it is what S3 says. */
async function read(run: Run): Promise<Read> {
  const sizes = await partSizesOf(run)
  const check = recipeOf(run).check({ ...placesOf(run), partSizes: sizes })
  const waitingFor = 'the host to read the dump to its end'
  run.report({ waitingFor })
  if (isStreamed(run)) {
    const checked = await readingDump(run, check, waitingFor).catch((error: unknown) => {
      throw streamError(run, error)
    })
    return { ...checked, ...(await differing(run, checked.digests ?? new Map<string, string[]>(), sizes)) }
  }
  const sums = await differing(run, await run.do(digestsIn(run.effect(fetchAction).dir, sizes)), sizes)
  const nothingRead = { problems: [], facts: [], unpackedBytes: null }
  return { ...(sums.differ.length > 0 ? nothingRead : await run.do(check)), ...sums }
}

const notInDump = (run: Run, near: readonly string[]): Refused => {
  const only = onlyOf(run) ?? ''
  const dump = run.answer(dumpKey)
  const names = few(nearest(only, near).map(oneLine))
  return new Refused({
    code: 'path-not-in-dump',
    message: `the dump has no ${oneLine(only)}${names === '' ? '' : `; near it are ${names}`}`,
    notChanged: ['no service was stopped, and the old data is as it was'],
    next: [
      { why: 'take this run back', command: `lifeboat undo ${run.id}` },
      {
        why: 'and name another path, or choose another dump',
        command: sh`lifeboat restore --host ${run.host.name} --source dump --dump ${s3Url(dump)} --only PATH`,
      },
    ],
  })
}

/** Reads all of the dump, before anything of the host's is touched. */
export const checkDumpAction: Action<Record<string, never>, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'check-dump',
  version: 1,
  needs: ['fetch'],
  title: 'read the dump to its end',
  why: 'A dump that was cut off looks like a good one until its last line is missing, and by then the old data would be gone. So each object is compared with what S3 says of it, and read to its end: gzip and tar tell a cut or a changed byte, and a dump of PostgreSQL has a last line of its own.',
  danger: 'none',
  before: nothing,
  effect,
  holdsUntil: 'put-in-place',
  renews: true,
  commands: (run) => [
    ...(isStreamed(run) ? streamCommands(run) : [digestsIn(placesOf(run).staging, new Map())]),
    recipeOf(run).check(placesOf(run)),
  ],
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    const { differ, compared, problems, locked = [], missing, facts, unpackedBytes } = await read(run)
    if (differ.length > 0)
      throw broken(
        run,
        differ.map((key) => `${key} is not what S3 says it is`),
      )
    if (locked.length > 0) throw shut(run, locked)
    if (problems.length > 0) throw broken(run, problems)
    if (missing !== undefined) throw notInDump(run, missing)
    const said = facts.map(oneLine)
    for (const each of said.slice(0, 10)) run.finding('info', `✓ ${each}`)
    run.finding(
      'info',
      compared === 0
        ? '✓ every object has its size; S3 keeps no checksum of them that could be compared'
        : `✓ ${compared} objects have the checksums that S3 says`,
    )
    const room = await recipeOf(run).room(run, placesOf(run).into, onlyOf(run))
    if (room !== null && unpackedBytes !== null && unpackedBytes > room.freeBytes)
      throw new Refused({
        code: 'no-room',
        message: `unpacked the dump needs ${bytes(unpackedBytes)} beside the old data; ${room.mountpoint} has ${bytes(room.freeBytes)} free`,
        notChanged: ['no service was stopped, and the old data is as it was'],
        next: [{ why: 'make room there, then', command: `lifeboat resume ${run.id}` }],
      })
    return { facts: said.slice(0, 100), unpackedBytes, compared }
  },
  verify: async () => [],
}

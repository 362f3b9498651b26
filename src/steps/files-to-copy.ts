// Where files of snapshots are to be copied to, and whether there is such a path, and room for it.
import { posix } from 'node:path'
import { z } from 'zod'
import {
  lookAtDestination,
  sizeInSnapshot,
  treeSize,
  type Destination,
  type TreeSize,
} from '../remote/linux/copy-out.ts'
import { fullName, listDatasets } from '../remote/zfs/dataset.ts'
import { bytes } from '../text/bytes.ts'
import { Refused, type Next } from '../text/errors.ts'
import { pointKey } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import type { Run } from './step.ts'

/** One of what is to be copied. */
export const copy = z.object({
  snapshot: z.string(),
  /** Where the snapshot is mounted meanwhile. */
  mount: z.string(),
  from: z.string(),
  to: z.string(),
  draft: z.string(),
})

export type Copy = z.infer<typeof copy>

/** All that follows from the answer: one copy a snapshot. */
export function plannedCopies(run: Run): Copy[] {
  const point = run.answer(pointKey)
  if (point.way !== 'files') return []
  return point.targets.map(({ dataset, snapshot }, at) => {
    const mount = `/run/lifeboat/${run.id}/files/${at + 1}`
    const from = posix.join(mount, point.path ?? '.')
    const named = point.path === null ? undefined : posix.normalize(point.path)
    // Of several datasets, each whole name as one name of a file.
    const name = named === undefined ? dataset.replaceAll('/', '_') : posix.basename(named === '.' ? dataset : named)
    return {
      snapshot: fullName({ dataset, snapshot }),
      mount,
      from: from.replace(/\/$/, ''),
      to: posix.join(point.to, name),
      draft: posix.join(point.to, `.lifeboat-${run.id}-${at + 1}`),
    }
  })
}

/** Where to. */
export const folderOf = (run: Run): string => {
  const point = run.answer(pointKey)
  return point.way === 'files' ? posix.normalize(point.to) : ''
}

/** From then on another answer comes too late. */
const isUnderWay = (run: Run): boolean => run.began('hold') || run.began('copy-files')

const refuse = (run: Run, code: string, message: string, next: readonly Next[] = []): never => {
  throw new Refused({
    code,
    message,
    notChanged: ['nothing was copied, and nothing in the pool was changed'],
    next: isUnderWay(run)
      ? [
          { why: 'see to it, and go on', command: `lifeboat resume ${run.id}` },
          { why: 'or take this back, and begin anew', command: `lifeboat undo ${run.id} --confirm ${run.host.name}` },
        ]
      : [...next, { why: 'copy to another place', command: `lifeboat resume ${run.id} --to DIR` }],
  })
}

/** Whether the place can take the files, before they are looked for. @throws Refused */
export async function demandPlace(run: Run): Promise<void> {
  const folder = folderOf(run)
  const copies = plannedCopies(run)
  const twice = copies.find((each, at) => copies.findIndex((other) => other.to === each.to) !== at)
  if (twice !== undefined) refuse(run, 'same-name', `two datasets would be copied to ${twice.to}`)
  const place = await run.do(
    lookAtDestination(
      folder,
      copies.map((each) => posix.basename(each.to)),
    ),
  )
  if (place.is === 'other') refuse(run, 'destination-no-folder', `${folder} is there, and is no folder`)
  if (place.is === 'absent' && !place.parent)
    refuse(
      run,
      'destination-missing',
      `there is no folder ${posix.dirname(folder)} on the host to make ${posix.basename(folder)} in`,
    )
  if (!place.writable) refuse(run, 'destination-readonly', `${folder} can't be written to`)
  const [first] = place.taken
  if (first !== undefined)
    refuse(run, 'destination-exists', `${posix.join(folder, first)} is there already, and nothing is overwritten`)
  const readable = await unlocked(run)
  const sizes: Sized[] = []
  for (const each of copies.filter(({ snapshot }) => readable.has(snapshot.slice(0, snapshot.indexOf('@'))))) {
    const within = posix.relative(each.mount, each.from)
    sizes.push({ ...(await run.do(sizeInSnapshot(each.snapshot, within))), snapshot: each.snapshot, within })
  }
  for (const each of sizes) {
    if (each.kind === 'absent') notThere(run, each)
    if (each.kind === 'link')
      run.finding('warn', `${each.within} in ${each.snapshot} is a link: what it leads to is not copied with it`)
  }
  demandBytes(run, folder, sizes, place)
}

/** The datasets that can be looked into without a key. */
async function unlocked(run: Run): Promise<Set<string>> {
  const datasets = await run.do(listDatasets(poolOf(run).pool))
  return new Set(datasets.filter((each) => each.keyStatus !== 'unavailable').map((each) => each.name))
}

interface Sized extends TreeSize {
  readonly snapshot: string
  /** In the snapshot. */
  readonly within: string
}

const notThere = (run: Run, { snapshot, within }: Pick<Sized, 'snapshot' | 'within'>): never =>
  refuse(run, 'path-not-in-snapshot', `${snapshot} has no ${within}`, [
    { why: 'name another path', command: `lifeboat resume ${run.id} --path PATH` },
  ])

/** @throws Refused where it is more than there is room for */
function demandBytes(run: Run, folder: string, sizes: readonly TreeSize[], place: Destination): void {
  const need = sizes.reduce((sum, each) => sum + each.bytes, 0)
  run.finding('info', `${bytes(need)} to copy, ${bytes(place.freeBytes)} free at ${folder} (${place.fstype})`)
  if (place.fstype === 'tmpfs')
    run.finding('warn', `${folder} is in memory: what is copied there is gone after a reboot`)
  if (need > place.freeBytes)
    refuse(run, 'no-room', `${bytes(need)} are to be copied, and only ${bytes(place.freeBytes)} are free at ${folder}`)
}

/** The same once more with the keys, and without haste. @throws Refused */
export async function demandCopyable(run: Run, folder: string, copies: readonly Copy[]): Promise<void> {
  const sizes: TreeSize[] = []
  for (const each of copies) {
    const size = await run.do(treeSize(each.from))
    if (size.kind === 'absent')
      notThere(run, { snapshot: each.snapshot, within: posix.relative(each.mount, each.from) })
    sizes.push(size)
  }
  demandBytes(run, folder, sizes, await run.do(lookAtDestination(folder, [])))
}

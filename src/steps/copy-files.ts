import { posix } from 'node:path'
import { z } from 'zod'
import {
  copyOut,
  lookAtDestination,
  makeFolder,
  mountSnapshot,
  sizeInSnapshot,
  treeDigest,
  treeSize,
  unmountSnapshot,
  type Destination,
  type TreeSize,
} from '../remote/linux/copy-out.ts'
import { fullName, listDatasets } from '../remote/zfs/dataset.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { Refused, type Next, type Resource } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { pointKey } from './point.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'

const copy = z.object({
  snapshot: z.string(),
  /** Where the snapshot is mounted meanwhile. */
  mount: z.string(),
  from: z.string(),
  to: z.string(),
  draft: z.string(),
})

type Copy = z.infer<typeof copy>

const before = z.object({
  folder: z.string(),
  copies: z.array(copy),
  keys: z.array(z.object({ name: z.string(), keyLocation: z.string().nullable() })),
})

type Before = z.infer<typeof before>

const effect = z.object({ copied: z.array(z.string()), provenAt: z.string() })

/** All that follows from the answer: one copy a snapshot. */
function planned(run: Run): Copy[] {
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

const folderOf = (run: Run): string => {
  const point = run.answer(pointKey)
  return point.way === 'files' ? posix.normalize(point.to) : ''
}

const opening = ({ keys, copies }: Before) => [
  ...keys.map(loadKey),
  ...copies.map((each) => mountSnapshot(each.snapshot, each.mount)),
]

const copying = ({ folder, copies }: Before) => [
  makeFolder(folder),
  ...copies.map((each) => copyOut(each.from, each.to, each.draft)),
]

const closing = ({ copies }: Before) => copies.map((each) => unmountSnapshot(each.mount))

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
  const copies = planned(run)
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
  for (const each of sizes) if (each.kind === 'absent') notThere(run, each)
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
async function demandCopyable(run: Run, { folder, copies }: Before): Promise<void> {
  const sizes: TreeSize[] = []
  for (const each of copies) {
    const size = await run.do(treeSize(each.from))
    if (size.kind === 'absent')
      notThere(run, { snapshot: each.snapshot, within: posix.relative(each.mount, each.from) })
    sizes.push(size)
  }
  demandBytes(run, folder, sizes, await run.do(lookAtDestination(folder, [])))
}

/** Copies files out of snapshots that are mounted read-only. Nothing is overwritten. */
export const copyFilesAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'copy-files',
  version: 1,
  needs: ['point', 'review-rollback'],
  title: 'copy the files out',
  why: 'Often one folder is all that is missing, and everything else that was written since is good. The snapshot is mounted read-only where no service looks, and what you named is copied beside the living data, with owners, modes and times. It appears whole or not at all, and never over something that is there: you put it in its place yourself.',
  danger: 'low',
  aside: true,
  applies: (run) => run.answer(pointKey).way === 'files',
  before,
  effect,
  holdsUntil: 'put-away',
  commands(run, stood) {
    const all = stood ?? { folder: folderOf(run), copies: planned(run), keys: [] }
    return [...opening(all), ...copying(all), ...closing(all)]
  },
  async survey(run, previous) {
    if (previous === undefined) await demandPlace(run)
    const datasets = await run.do(listDatasets(poolOf(run).pool))
    const targets = new Set(planned(run).map((each) => each.snapshot.slice(0, each.snapshot.indexOf('@'))))
    const roots = new Set(datasets.filter((each) => targets.has(each.name)).map((each) => each.encryptionRoot))
    const keys = datasets
      .filter((each) => roots.has(each.name) && each.keyStatus === 'unavailable')
      .map(({ name, keyLocation }) => ({ name, keyLocation }))
    return { folder: folderOf(run), copies: planned(run), keys }
  },
  find: async () => ({ state: 'absent' }),
  async perform(run, stood) {
    for (const command of opening(stood)) await run.do(command)
    await demandCopyable(run, stood)
    const [folder, ...copies] = copying(stood)
    if (folder !== undefined) await run.do(folder)
    const { taken } = await run.do(
      lookAtDestination(
        stood.folder,
        stood.copies.map((each) => posix.basename(each.to)),
      ),
    )
    for (const [at, each] of stood.copies.entries()) {
      run.report({ done: at, total: stood.copies.length, unit: 'copies', waitingFor: `${each.to} to be copied` })
      // What was not there when the step began, and is now, came by an attempt before; it is compared below.
      const command = copies[at]
      if (command !== undefined && !taken.includes(posix.basename(each.to))) await run.do(command)
    }
    await compare(run, stood)
    for (const command of closing(stood)) await run.do(command)
    return { copied: stood.copies.map((each) => each.to), provenAt: run.now().toISOString() }
  },
  async verify(run, stood): Promise<Finding[]> {
    const { taken } = await run.do(
      lookAtDestination(
        stood.folder,
        stood.copies.map((each) => posix.basename(each.to)),
      ),
    )
    return stood.copies
      .filter((each) => !taken.includes(posix.basename(each.to)))
      .map((each) => ({ level: 'error', message: `${each.to} is not there` }))
  },
  undo: {
    commands: (_run, stood) => closing(stood),
    async perform(run, stood) {
      for (const command of closing(stood)) await run.do(command)
      const { taken } = await run.do(
        lookAtDestination(
          stood.folder,
          stood.copies.map((each) => posix.basename(each.to)),
        ),
      )
      for (const name of taken) run.finding('warn', `${posix.join(stood.folder, name)} stays: it was copied for you`)
    },
  },
  resources: (run, stood) => stood.copies.map((each) => copyResource(run, each.to)),
}

const copyResource = (run: Run, id: string): Resource => ({
  kind: 'folder',
  id,
  region: null,
  host: run.host.name,
  state: 'copied',
  madeByUs: true,
})

/** What was copied, which stays. */
export const copiedFiles = (run: Run): Resource[] =>
  run.effect(copyFilesAction).copied.map((id) => copyResource(run, id))

/** @throws Refused where a copy is not what it was copied from */
async function compare(run: Run, { copies }: Before): Promise<void> {
  for (const each of copies) {
    run.report({ waitingFor: `${each.to} to be compared with the snapshot` })
    const [there, here] = [await run.do(treeDigest(each.from)), await run.do(treeDigest(each.to))]
    if (there.contents !== here.contents || there.files !== here.files) {
      throw new Refused({
        code: 'copy-differs',
        message: `${each.to} is not what ${oneLine(each.snapshot)} holds: its contents differ`,
        notChanged: ['nothing in the pool was changed'],
        next: [
          {
            why: 'if it is not yours: remove it, and go on',
            command: run.onHost(sh`mv ${each.to} ${`${each.to}.old`}`),
          },
          { why: 'then', command: `lifeboat resume ${run.id}` },
        ],
      })
    }
    const same = there.listing === here.listing
    run.finding('info', `✓ ${each.to}: ${there.files} files, contents equal to the snapshot's`)
    if (!same)
      run.finding(
        'warn',
        `owners, modes or times of ${each.to} are not all as in the snapshot: its filesystem may not keep them`,
      )
  }
}

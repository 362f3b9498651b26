import { posix } from 'node:path'
import { z } from 'zod'
import {
  copyOut,
  lookAtDestination,
  makeFolder,
  mountSnapshot,
  removeDraft,
  treeDigest,
  unmountSnapshot,
} from '../remote/linux/copy-out.ts'
import { listDatasets } from '../remote/zfs/dataset.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { oneLine } from '../text/display.ts'
import { Refused, type Resource } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { copy, demandCopyable, demandPlace, folderOf, plannedCopies } from './files-to-copy.ts'
import { pointKey } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  folder: z.string(),
  copies: z.array(copy),
  keys: z.array(z.object({ name: z.string(), keyLocation: z.string().nullable() })),
})

type Before = z.infer<typeof before>

const effect = z.object({ copied: z.array(z.string()), provenAt: z.string() })

const opening = ({ keys, copies }: Before) => [
  ...keys.map(loadKey),
  ...copies.map((each) => mountSnapshot(each.snapshot, each.mount)),
]

const copying = ({ folder, copies }: Before) => [
  makeFolder(folder),
  ...copies.map((each) => copyOut(each.from, each.to, each.draft)),
]

const closing = ({ copies }: Before) => copies.map((each) => unmountSnapshot(each.mount))

const takingBack = (stood: Before) => [...closing(stood), ...stood.copies.map((each) => removeDraft(each.draft))]

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
    const all = stood ?? { folder: folderOf(run), copies: plannedCopies(run), keys: [] }
    return [...opening(all), ...copying(all), ...closing(all)]
  },
  async survey(run, previous) {
    if (previous === undefined) await demandPlace(run)
    const datasets = await run.do(listDatasets(poolOf(run).pool))
    const targets = new Set(plannedCopies(run).map((each) => each.snapshot.slice(0, each.snapshot.indexOf('@'))))
    const roots = new Set(datasets.filter((each) => targets.has(each.name)).map((each) => each.encryptionRoot))
    const keys = datasets
      .filter((each) => roots.has(each.name) && each.keyStatus === 'unavailable')
      .map(({ name, keyLocation }) => ({ name, keyLocation }))
    return { folder: folderOf(run), copies: plannedCopies(run), keys }
  },
  find: async () => ({ state: 'absent' }),
  async perform(run, stood) {
    for (const command of opening(stood)) await run.do(command)
    await demandCopyable(run, stood.folder, stood.copies)
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
    commands: (_run, stood) => takingBack(stood),
    async perform(run, stood) {
      for (const command of takingBack(stood)) await run.do(command)
      const { taken } = await run.do(
        lookAtDestination(
          stood.folder,
          stood.copies.map((each) => posix.basename(each.to)),
        ),
      )
      for (const name of taken) run.finding('warn', `${posix.join(stood.folder, name)} stays: it was copied for you`)
    },
  },
  resources: (run, stood, done) =>
    stood.copies.flatMap((each) =>
      done === undefined
        ? [
            copyResource(run, each.draft, 'half of a copy, if it is there'),
            copyResource(run, each.to, 'a copy that was not compared, if it is there'),
          ]
        : [copyResource(run, each.to)],
    ),
}

const copyResource = (run: Run, id: string, state = 'copied'): Resource => ({
  kind: 'folder',
  id,
  region: null,
  host: run.host.name,
  state,
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

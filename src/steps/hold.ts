import { z } from 'zod'
import {
  findSnapshots,
  fullName,
  holdSnapshots,
  holdTags,
  releaseSnapshots,
  type SnapshotRef,
} from '../remote/zfs/dataset.ts'
import { listPools } from '../remote/zfs/pool.ts'
import { Refused } from '../text/errors.ts'
import { pointKey, targetsOf } from './point-answer.ts'
import type { Action, Finding, Run } from './step.ts'

const refs = z.object({ tag: z.string(), held: z.array(z.object({ dataset: z.string(), snapshot: z.string() })) })

type Held = z.infer<typeof refs>

/** The tag under which a run holds snapshots. */
export const tagOf = (runId: string): string => `lifeboat:${runId}`

export const holdTag = (run: Run): string => tagOf(run.id)

/** The snapshots that the datasets go back to, or that files are copied from. */
export const chosenSnapshots = (run: Run): SnapshotRef[] =>
  targetsOf(run.answer(pointKey)).map(({ dataset, snapshot }) => ({ dataset, snapshot }))

const holding = (run: Run) =>
  chosenSnapshots(run).length === 0 ? [] : [holdSnapshots(holdTag(run), chosenSnapshots(run))]

async function oursAmong(run: Run, held: readonly SnapshotRef[]): Promise<number> {
  if (held.length === 0) return 0
  // One that was not held yet may have expired.
  const there = await run.do(findSnapshots(held))
  const tags = await run.do(holdTags(held.filter((each) => there.has(fullName(each)))))
  return tags.filter((each) => each.tag === holdTag(run)).length
}

async function missingHolds(run: Run, { held }: Held): Promise<Finding[]> {
  const count = await oursAmong(run, held)
  return count === held.length
    ? []
    : [{ level: 'error', message: `only ${count} of ${held.length} chosen snapshots are held` }]
}

/** Holds the chosen snapshots, so that no schedule can expire them while the restore is going on. */
export const holdAction: Action<Held, Held> = {
  kind: 'action',
  id: 'hold',
  version: 1,
  needs: ['point'],
  title: 'hold the chosen snapshots',
  why: 'zfsnap expires a snapshot by the time to live in its name, and the one you need may be past it already: the next run of its schedule would destroy it. A held snapshot cannot be destroyed by anybody until the hold is released, which the last step does.',
  danger: 'low',
  before: refs,
  effect: refs,
  holdsUntil: 'hand-over',
  renews: true,
  commands: holding,
  async survey(run) {
    const held = chosenSnapshots(run)
    const there = held.length === 0 ? new Map<string, string>() : await run.do(findSnapshots(held))
    // Who rotates snapshots gives an old name to a new one.
    const gone = targetsOf(run.answer(pointKey)).flatMap((each) =>
      there.get(fullName(each)) === each.guid ? [] : [fullName(each)],
    )
    if (gone.length === 0) return { tag: holdTag(run), held }
    throw new Refused({
      code: 'snapshot-expired',
      message: `chosen and gone since: ${gone.join(', ')}`,
      notChanged: ['no snapshot was destroyed by this run, and no dataset rolled back'],
      next: [
        { why: 'take the run back, and begin anew', command: `lifeboat undo ${run.id} --confirm ${run.host.name}` },
      ],
    })
  },
  async find(run, stood) {
    const count = await oursAmong(run, stood.held)
    if (count === stood.held.length) return { state: 'present', effect: stood }
    return count === 0
      ? { state: 'absent' }
      : { state: 'partial', what: `${count} of ${stood.held.length} snapshots are held` }
  },
  async perform(run, stood) {
    for (const command of holding(run)) await run.do(command)
    return stood
  },
  verify: (run, _stood, effect) => missingHolds(run, effect),
  // On their way into the datasets' places the clones have the snapshots, under names of their own.
  recheck: async (run, _stood, effect) => (run.began('clone') ? [] : missingHolds(run, effect)),
  undo: {
    commands: (_run, stood) => (stood.held.length === 0 ? [] : [releaseSnapshots(stood.tag, stood.held)]),
    async perform(run, stood) {
      const [first] = stood.held
      // Where nothing was held the host is not asked: it may be gone.
      if (first === undefined) return
      const imported = (await run.do(listPools())).map((pool) => pool.name)
      // After a reboot the pool is not there, and its volume is deleted with the holds in it.
      if (!imported.includes(first.dataset.split('/')[0] ?? '')) return
      if ((await oursAmong(run, stood.held)) > 0) await run.do(releaseSnapshots(stood.tag, stood.held))
    },
  },
  resources: (run, stood) =>
    stood.held.map((each) => ({
      kind: 'hold',
      id: `${stood.tag} on ${each.dataset}@${each.snapshot}`,
      region: null,
      host: run.host.name,
      state: 'held',
      madeByUs: true,
    })),
}

// What a run has left in a pool that was there before it: its checkpoint, its holds, its clones and what they replaced.
import type { Command } from '../remote/command.ts'
import {
  checkpointRoom,
  discardCheckpoint,
  forgetDiscard,
  markedBy,
  unmarkCheckpoint,
} from '../remote/zfs/checkpoint.ts'
import { holdTags, listDatasets, listSnapshots, releaseSnapshots } from '../remote/zfs/dataset.ts'
import { commandText } from '../remote/remote.ts'
import { few } from '../text/few.ts'
import type { Next, Resource } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { asideName, cloneName } from './clone-plan.ts'
import { tagOf } from './hold.ts'
import type { Run } from './step.ts'

export interface LeftInPool {
  readonly exists: readonly Resource[]
  readonly byHand: readonly Next[]
}

async function holdsIn(run: Run, runId: string, pool: string) {
  const held = (await run.do(listSnapshots(pool))).filter((each) => each.kind === 'snapshot' && each.holds > 0)
  if (held.length === 0) return []
  const refs = held.map((each) => ({ dataset: each.dataset, snapshot: each.name }))
  const ours = new Set((await run.do(holdTags(refs))).filter(({ tag }) => tag === tagOf(runId)).map(({ name }) => name))
  return refs.filter((each) => ours.has(`${each.dataset}@${each.snapshot}`))
}

/** Something that a run has made on the host. */
export const madeOn =
  (run: Run) =>
  (kind: Resource['kind'], id: string, state: string): Resource => ({
    kind,
    id,
    region: null,
    host: run.host.name,
    state,
    madeByUs: true,
  })

/** What of a run can be seen in this pool. */
export async function leftInPool(run: Run, runId: string, pool: string): Promise<LeftInPool> {
  const there = madeOn(run)
  const onHost = (command: Command<unknown>): string => run.onHost(commandText(command))
  const marked = (await run.do(markedBy(pool))) === runId
  const checkpoint = marked && (await run.do(checkpointRoom(pool))).checkpointBytes !== null
  const names = (await run.do(listDatasets(pool))).map((each) => each.name)
  const tops = names.filter((name) => [cloneName('', runId), asideName('', runId)].some((end) => name.endsWith(end)))
  const held = await holdsIn(run, runId, pool)
  return {
    exists: [
      ...(checkpoint ? [there('checkpoint', `checkpoint of ${pool}`, 'keeps what the rollback has replaced')] : []),
      ...tops.map((name) =>
        there('dataset', name, name.endsWith(cloneName('', runId)) ? 'a clone without its place' : 'set aside'),
      ),
    ],
    byHand: [
      ...(checkpoint
        ? [
            {
              why: `keep the data of ${pool} as it is now (to go back instead: zpool export, then zpool import --rewind-to-checkpoint)`,
              command: [discardCheckpoint(pool), unmarkCheckpoint(pool), forgetDiscard(runId)].map(onHost).join(' && '),
            },
          ]
        : []),
      ...(tops.length === 0
        ? []
        : [
            {
              why: `see which of ${few(tops)} has which data`,
              command: run.onHost(sh`zfs list -r -o name,origin,written,mounted ${pool}`),
            },
          ]),
      ...(held.length === 0
        ? []
        : [
            {
              why: `release the holds on ${few(held.map((each) => `${each.dataset}@${each.snapshot}`))}`,
              command: onHost(releaseSnapshots(tagOf(runId), held)),
            },
          ]),
    ],
  }
}

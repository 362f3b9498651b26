import { posix } from 'node:path'
import { z } from 'zod'
import {
  checkpointRoom,
  discardCheckpoint,
  discardCheckpointLater,
  forgetDiscard,
  makeCheckpoint,
  markCheckpoint,
  unmarkCheckpoint,
} from '../remote/zfs/checkpoint.ts'
import { listMounts } from '../remote/linux/dataset-users.ts'
import { listDatasets } from '../remote/zfs/dataset.ts'
import { mounting } from '../remote/zfs/mounting.ts'
import { poolDevices } from '../remote/zfs/pool.ts'
import { bytes } from '../text/bytes.ts'
import { Refused, type Next } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { mountingsOf } from './busy-blockers.ts'
import { pointKey } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  pool: z.string(),
  guid: z.string(),
  /** Where the pool's devices are, to find them again after an export. */
  directories: z.array(z.string()),
  /** What of the whole pool was mounted, parents first: a rewind unmounts all of it. */
  mounted: z.array(mounting),
  /** The encryption roots whose keys were loaded: a rewind forgets them. */
  keys: z.array(z.object({ name: z.string(), keyLocation: z.string().nullable() })),
  /** ISO UTC. */
  since: z.string(),
})

/** What stood when the checkpoint was made. */
export type Checkpointed = z.infer<typeof before>

const effect = z.object({ discardedByHostAt: z.string() })

/** ZFS keeps about 1/32 of a pool for itself, and refuses what would need it (spa_slop_shift). */
const leastFree = 1 / 16

/** @throws Refused where no checkpoint can be made, and a rollback would have no way back */
export async function demandCheckpoint(run: Run): Promise<void> {
  const { pool } = poolOf(run)
  const room = await run.do(checkpointRoom(pool))
  const next: Next[] = []
  const obstacles: string[] = []
  if (room.feature === 'disabled') {
    obstacles.push(`the pool's format does not know checkpoints (feature zpool_checkpoint is disabled)`)
  }
  if (room.checkpointBytes !== null) {
    obstacles.push(
      `the pool has a checkpoint already, which somebody else made and which keeps ${bytes(room.checkpointBytes)}`,
    )
    next.push({ why: 'discard it yourself, if nobody needs it', command: run.onHost(sh`zpool checkpoint -d ${pool}`) })
  }
  if (room.freeingBytes > 0 && room.checkpointBytes === null)
    obstacles.push('an earlier checkpoint is still being discarded: wait until its space is free')
  if (room.removing) obstacles.push('a vdev is being removed from the pool')
  if (room.freeBytes < room.sizeBytes * leastFree)
    obstacles.push(
      `only ${bytes(room.freeBytes)} of ${bytes(room.sizeBytes)} are free, and a checkpoint keeps everything that would be freed`,
    )
  const mounts = await run.do(listMounts())
  if (mounts.some(({ fstype, source, target }) => target === '/' && fstype === 'zfs' && source.split('/')[0] === pool))
    obstacles.push(`/ is in ${pool}, which can't be exported while the host runs, and so not be rewound`)
  if (obstacles.length === 0) return
  throw new Refused({
    code: 'no-checkpoint',
    message: `a rollback here would have no way back by a checkpoint: ${obstacles.join('; ')}`,
    notChanged: ['nothing was changed in the pool'],
    next: [
      ...next,
      {
        why: 'put clones in place instead: that destroys nothing',
        command: `lifeboat resume ${run.id} --way clone --at ${sh`${run.flags.at ?? 'latest'}`}`,
      },
    ],
  })
}

const hours = (run: Run): number => run.host.gate_hours

const making = (run: Run, pool: string) => ({
  // The mark of an earlier one would be in this one too, and stand after a rewind.
  unmark: unmarkCheckpoint(pool),
  make: makeCheckpoint(pool),
  mark: markCheckpoint(pool, run.id),
  later: discardCheckpointLater(run.id, pool, hours(run)),
})

/** What ends the checkpoint that this run has made, and all that goes with it. */
export const forgetting = (run: Run, pool: string) => [
  discardCheckpoint(pool),
  unmarkCheckpoint(pool),
  forgetDiscard(run.id),
]

export const hasCheckpoint = async (run: Run, pool: string): Promise<boolean> =>
  (await run.do(checkpointRoom(pool))).checkpointBytes !== null

const effectNow = (run: Run): z.infer<typeof effect> => ({
  discardedByHostAt: new Date(run.now().getTime() + hours(run) * 3_600_000).toISOString(),
})

/** Makes a checkpoint of the whole pool, as the way back from a rollback. */
export const checkpointAction: Action<Checkpointed, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'checkpoint',
  version: 1,
  needs: ['point', 'review-rollback'],
  title: 'make a checkpoint of the pool',
  why: 'Here the rollback happens on the only copy there is. A checkpoint remembers the whole pool as it is now, and the pool can be rewound to it. That takes every dataset back, also those that have nothing to do with this, so it is a way back only until the services write again. While it exists no space is freed and no disk can be removed, so it is discarded at the end; if nobody comes back, the host does it by itself.',
  danger: 'low',
  before,
  effect,
  applies: (run) => run.answer(pointKey).way === 'rollback',
  commands: (run, stood) => Object.values(making(run, stood?.pool ?? poolOf(run).pool)),
  async survey(run, previous) {
    if (previous !== undefined && (await hasCheckpoint(run, previous.pool))) return previous
    await demandCheckpoint(run)
    const { pool, guid } = poolOf(run)
    const datasets = await run.do(listDatasets(pool))
    const devices = await run.do(poolDevices(pool))
    return {
      pool,
      guid,
      directories: [...new Set(devices.map((each) => posix.dirname(each)))],
      // `unmount` has let go of some of them just before.
      mounted: mountingsOf(datasets, await run.do(listMounts())),
      keys: datasets
        .filter((each) => each.encryptionRoot === each.name && each.keyStatus === 'available')
        .map(({ name, keyLocation }) => ({ name, keyLocation })),
      since: run.now().toISOString(),
    }
  },
  async find(run, stood) {
    // There was none when this step began.
    return (await hasCheckpoint(run, stood.pool))
      ? { state: 'partial', what: 'the checkpoint is made; whether the host discards it by itself is not known' }
      : { state: 'absent' }
  },
  async perform(run, stood) {
    const { unmark, make, mark, later } = making(run, stood.pool)
    if (!(await hasCheckpoint(run, stood.pool))) {
      await run.do(unmark)
      await run.do(make)
    }
    await run.do(mark)
    await run.do(later)
    return effectNow(run)
  },
  async verify(run, stood): Promise<Finding[]> {
    return (await hasCheckpoint(run, stood.pool))
      ? []
      : [{ level: 'error', message: `the pool ${stood.pool} has no checkpoint` }]
  },
  undo: {
    commands: (run, stood) => forgetting(run, stood.pool),
    async perform(run, stood) {
      for (const command of forgetting(run, stood.pool)) await run.do(command)
    },
  },
  resources: (run, stood) => [
    {
      kind: 'checkpoint',
      id: `checkpoint of ${stood.pool}`,
      region: null,
      host: run.host.name,
      state: `made ${stood.since}`,
      madeByUs: true,
    },
  ],
}

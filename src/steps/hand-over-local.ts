import { z } from 'zod'
import { releaseLock } from '../remote/linux/gate.ts'
import { checkpointRoom } from '../remote/zfs/checkpoint.ts'
import { holdTags, releaseSnapshots } from '../remote/zfs/dataset.ts'
import { forgetting } from './checkpoint.ts'
import { chosenSnapshots, holdTag } from './hold.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'

const nothing = z.object({})

function finishing(run: Run) {
  const held = chosenSnapshots(run)
  const { pool } = poolOf(run)
  const ours = run.began('checkpoint')
  return {
    release: held.length === 0 ? undefined : releaseSnapshots(holdTag(run), held),
    forget: ours ? forgetting(run, pool) : [],
    unlock: releaseLock(run.id),
  }
}

async function stillHeld(run: Run): Promise<boolean> {
  const chosen = chosenSnapshots(run)
  return chosen.length > 0 && (await run.do(holdTags(chosen))).some((each) => each.tag === holdTag(run))
}

/** Lets go of everything that was only there to take the restore back. */
export const localHandOverAction: Action<Record<string, never>, Record<string, never>> = {
  kind: 'action',
  id: 'hand-over',
  version: 1,
  needs: ['hold', 'prove', 'lift-gate'],
  title: 'let go of holds and checkpoint',
  why: 'The data is proven and the services write to it: rewinding the pool now would take that away, so the checkpoint has done its work and only keeps space from being freed. The hold on the snapshot is released too, and its schedule may expire it again.',
  danger: 'low',
  before: nothing,
  effect: nothing,
  commands(run) {
    const { release, forget, unlock } = finishing(run)
    return [...(release === undefined ? [] : [release]), ...forget, unlock]
  },
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    const { release, forget, unlock } = finishing(run)
    if (release !== undefined && (await stillHeld(run))) await run.do(release)
    for (const command of forget) await run.do(command)
    await run.do(unlock)
    return {}
  },
  async verify(run): Promise<Finding[]> {
    const left = [
      ...((await stillHeld(run)) ? ['a snapshot is still held'] : []),
      ...(run.began('checkpoint') && (await run.do(checkpointRoom(poolOf(run).pool))).checkpointBytes !== null
        ? ['the checkpoint is still there']
        : []),
    ]
    return left.map((message) => ({ level: 'error', message }))
  },
}

import { z } from 'zod'
import { holdAction } from './hold.ts'
import { attachVolumeAction } from './attach-volume.ts'
import { createVolumeAction } from './create-volume.ts'
import { gateAction } from './gate.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { pointKey } from './point-answer.ts'
import { snapshotChoice } from './snapshot.ts'
import { snapshotOriginalAction } from './snapshot-original.ts'
import type { Action, AnyAction, Run } from './step.ts'

const nothing = z.object({})

/** What was only there to look into the snapshots, the last first. */
const made = (run: Run): AnyAction[] =>
  (run.route === 'local'
    ? [holdAction, gateAction]
    : [inspectPoolAction, attachVolumeAction, createVolumeAction, snapshotOriginalAction, gateAction]
  ).filter((action: AnyAction) => run.began(action.id))

const parts = (run: Run, action: AnyAction) => ({
  before: run.before<unknown, unknown>(action),
  effect: run.effect<unknown, unknown>(action),
})

const commands = (run: Run) =>
  made(run).flatMap((action) => {
    const { before, effect } = parts(run, action)
    return action.undo?.commands(run, before, effect) ?? []
  })

/** The volume that goes when the files are copied: the guard lets nothing go that the review has not named. */
export const volumeToPutAway = (run: Run): string[] =>
  run.route === 'ebs' && run.answer(pointKey).way === 'files' && !run.answer(snapshotChoice).original
    ? [run.effect(createVolumeAction).volumeId]
    : []

/** Takes back everything that was only made to look: what was copied is all that stays. */
export const putAwayAction: Action<Record<string, never>, Record<string, never>> = {
  kind: 'action',
  id: 'put-away',
  version: 1,
  needs: ['copy-files'],
  title: 'put away what was made to look into the snapshot',
  why: 'The files are copied and compared. A volume that nobody uses costs money, a pool that stays imported is in the way of the next restore, and schedules that are held back make no backups.',
  danger: 'low',
  aside: true,
  applies: (run) => run.answer(pointKey).way === 'files',
  before: nothing,
  effect: nothing,
  commands,
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    for (const action of made(run)) {
      const { before, effect } = parts(run, action)
      await action.undo?.perform(run, before, effect)
    }
    return {}
  },
  verify: async () => [],
}

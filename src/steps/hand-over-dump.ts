import { z } from 'zod'
import { releaseLock } from '../remote/linux/gate.ts'
import { removeStaging } from '../remote/linux/staging.ts'
import { placesOf } from './places.ts'
import type { Action, Run } from './step.ts'

const nothing = z.object({})

const finishing = (run: Run) => [removeStaging(placesOf(run).staging), releaseLock(run.id)]

/** Lets go of everything that was only there for the restore. The old data stays. */
export const dumpHandOverAction: Action<Record<string, never>, Record<string, never>> = {
  kind: 'action',
  id: 'hand-over',
  version: 1,
  needs: ['prove', 'lift-gate'],
  title: 'remove what was fetched',
  why: 'The data is proven where it belongs, so the copy that was fetched is of no more use: it takes space, and somebody may find it. The old data is not removed: you decide when.',
  danger: 'low',
  before: nothing,
  effect: nothing,
  commands: finishing,
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    for (const command of finishing(run)) await run.do(command)
    return {}
  },
  verify: async () => [],
}

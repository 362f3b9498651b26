import { z } from 'zod'
import { listMounts } from '../remote/linux/dataset-users.ts'
import { mountAll, mounting, unmountAll, type Mounting } from '../remote/zfs/mounting.ts'
import { busyBlockers, mountedElsewhere, mountingsOf, parentsFirst, toUnmount } from './busy-blockers.ts'
import { pointKey, servedTargets } from './point-answer.ts'
import { refuseBlockers } from './refuse-blockers.ts'
import type { Action, Finding, Run } from './step.ts'

const before = z.object({
  /** What was mounted of the chosen datasets, of those below them, and below where they are mounted; parents first. */
  mounted: z.array(mounting),
})

type Before = z.infer<typeof before>

async function still(run: Run, { mounted }: Before): Promise<Mounting[]> {
  const mounts = await run.do(listMounts())
  return mounted.filter((each) =>
    mounts.some((one) => one.source === each.dataset && one.target === each.mountpoint && one.fstype === 'zfs'),
  )
}

/** Unmounts the datasets that are about to change, children first. */
export const unmountAction: Action<Before, Before> = {
  kind: 'action',
  id: 'unmount',
  version: 1,
  needs: ['point', 'stop-services'],
  title: 'unmount the datasets',
  why: 'ZFS rolls a dataset back below whoever still works in it, and a program that goes on with what it has in memory writes a mixture of both. A dataset that can be unmounted is used by nobody.',
  danger: 'low',
  aside: true,
  applies: (run) => servedTargets(run.answer(pointKey)).length > 0,
  before,
  effect: before,
  holdsUntil: 'mount',
  renews: true,
  commands: (_run, stood) => [
    unmountAll(
      stood?.mounted.toReversed() ?? [
        { dataset: '@unmount.mounted.dataset', mountpoint: '@unmount.mounted.mountpoint', legacy: null },
      ],
    ),
  ],
  async survey(run, previous) {
    // The services have ended since it was asked: what is in use now stays so.
    refuseBlockers(run, (await busyBlockers(run)).blockers)
    const { datasets, mounts } = await toUnmount(run)
    const now = mountingsOf(datasets, mounts)
    // A later attempt finds only what an earlier one has left, or what a boot has mounted since.
    const { mounted } = previous ?? { mounted: [] }
    const since = now.filter((each) => !mounted.some((one) => one.mountpoint === each.mountpoint))
    return { mounted: parentsFirst([...mounted, ...since]) }
  },
  async find(run, stood) {
    return (await still(run, stood)).length === 0 ? { state: 'present', effect: stood } : { state: 'absent' }
  },
  async perform(run, stood) {
    await run.do(unmountAll(stood.mounted.toReversed()))
    return stood
  },
  async verify(run, stood): Promise<Finding[]> {
    const left = await still(run, stood)
    if (left.length > 0) return left.map(({ dataset }) => ({ level: 'error', message: `${dataset} is mounted` }))
    refuseBlockers(run, await mountedElsewhere(run, new Set(stood.mounted.map((each) => each.dataset)), true))
    return []
  },
  undo: {
    commands: (_run, stood) => [mountAll(stood.mounted)],
    async perform(run, stood) {
      await run.do(mountAll(stood.mounted))
    },
  },
}

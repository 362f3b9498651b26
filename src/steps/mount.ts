import { z } from 'zod'
import { listZfsMounts, openFilesBelow } from '../remote/linux/disks.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { mountAll, mounting, unmountAll, type Mounting } from '../remote/zfs/mounting.ts'
import { Refused } from '../text/errors.ts'
import { few } from '../text/few.ts'
import { planMounts } from './mount-plan.ts'
import { leftAlone } from './other-copy.ts'
import type { Action, Finding, Run } from './step.ts'
import { missingOwners } from './strangers.ts'

const root = z.object({ name: z.string(), keyLocation: z.string().nullable(), keyFormat: z.string().nullish() })
const before = z.object({
  mounts: z.array(mounting),
  /** The encryption roots whose keys can be had. */
  keys: z.array(root).default([]),
})
const effect = before

type Before = z.infer<typeof before>

async function missing(run: Run, mounts: readonly Mounting[]): Promise<Mounting[]> {
  const there = await run.do(listZfsMounts())
  return mounts.filter((each) => !there.some((one) => one.source === each.dataset && one.target === each.mountpoint))
}

/** What is open there would go on being written to below the mount, seen by nobody. @throws Refused */
async function demandUnused(run: Run, mounts: readonly Mounting[]): Promise<void> {
  const places = (await missing(run, mounts)).map((each) => each.mountpoint)
  // A program that is only run from there writes nothing.
  const open = await run.do(openFilesBelow(places, ['fd', 'cwd', 'root']))
  if (open.length === 0) return
  throw new Refused({
    code: 'mountpoint-busy',
    message: `these processes have files open below the mountpoints, on the root disk: ${few(open)}`,
    notChanged: ['nothing was mounted'],
  })
}

/** Mounts the datasets, and looks with the kernel's own table that each is where it should be. */
export const mountAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'mount',
  version: 1,
  needs: ['roll-back'],
  title: 'mount the datasets',
  why: 'A dataset that is left unmounted is the quiet way to lose data again: the service starts, finds an empty directory on the root disk, and writes there. So each mount is read back from the kernel. Parents are mounted first, or they would hide their children.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'hand-over',
  renews: true,
  commands: (_run, stood) => [
    ...(stood?.keys ?? []).map(loadKey),
    mountAll(
      stood?.mounts ?? [{ dataset: '@mount.mounts.dataset', mountpoint: '@mount.mounts.mountpoint', legacy: null }],
    ),
  ],
  async survey(run) {
    const { mounts, keys } = await planMounts(run)
    await demandUnused(run, mounts)
    return { mounts: [...mounts], keys: [...keys] }
  },
  async find(run, stood) {
    const left = await missing(run, stood.mounts)
    return left.length === 0 ? { state: 'present', effect: stood } : { state: 'absent' }
  },
  async perform(run, stood) {
    for (const key of stood.keys) await run.do(loadKey(key))
    await run.do(mountAll(stood.mounts))
    return stood
  },
  async verify(run, stood): Promise<Finding[]> {
    const left = await missing(run, stood.mounts)
    if (left.length === 0) return run.route === 'local' ? [] : missingOwners(run, stood.mounts)
    return left.map((each) => ({
      level: 'error',
      message: `${each.dataset} is not mounted at ${each.mountpoint}`,
    }))
  },
  undo: {
    commands: (_run, stood) => [unmountAll(stood.mounts.toReversed())],
    async perform(run, stood) {
      if (await leftAlone(run, 'the datasets stay mounted')) return
      if ((await missing(run, stood.mounts)).length < stood.mounts.length)
        await run.do(unmountAll(stood.mounts.toReversed()))
    },
  },
}

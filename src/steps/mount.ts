import { z } from 'zod'
import { listZfsMounts, nonEmptyDirectories, openFilesBelow } from '../remote/linux/disks.ts'
import { listDatasets, mountDatasets, unmountDatasets, type Dataset } from '../remote/zfs/dataset.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { Refused } from '../text/errors.ts'
import { leftAlone } from './other-copy.ts'
import { poolOf } from './pool-at-work.ts'
import type { Action, Finding, Run } from './step.ts'
import { missingOwners } from './strangers.ts'
import { unmountAction } from './unmount.ts'

const mountable = z.object({ dataset: z.string(), mountpoint: z.string() })
const root = z.object({ name: z.string(), keyLocation: z.string().nullable() })
const before = z.object({
  mounts: z.array(mountable),
  /** The encryption roots whose keys can be had. */
  keys: z.array(root).default([]),
})
const effect = before

type Before = z.infer<typeof before>

/** The encryption roots whose keys are not loaded and can be. */
function toUnlock(run: Run, datasets: readonly Dataset[]): z.infer<typeof root>[] {
  const locked = datasets.filter((each) => each.keyStatus === 'unavailable' && each.encryptionRoot === each.name)
  return locked
    .filter((each) => each.keyLocation !== 'prompt' || run.hasSecret(`key:${each.name}`))
    .map(({ name, keyLocation }) => ({ name, keyLocation }))
}

/** Of a pool that was there before: what was mounted of it, and is to be again. */
function mountedBefore(run: Run, datasets: readonly Dataset[]): readonly string[] | undefined {
  if (run.route !== 'local') return undefined
  return run.began('unmount')
    ? run.before(unmountAction).mounted
    : datasets.filter((each) => each.mounted).map((each) => each.name)
}

/** What is to be mounted, parents before children. */
function toMount(
  run: Run,
  datasets: readonly Dataset[],
  keys: readonly z.infer<typeof root>[],
): z.infer<typeof mountable>[] {
  const wanted = mountedBefore(run, datasets)
  const open = (each: Dataset): boolean =>
    each.keyStatus !== 'unavailable' || keys.some((key) => key.name === each.encryptionRoot)
  return datasets
    .filter(
      (each) =>
        each.type === 'filesystem' &&
        (wanted?.includes(each.name) ?? each.canmount === 'on') &&
        each.mountpoint.startsWith('/') &&
        open(each),
    )
    .map((each) => ({ dataset: each.name, mountpoint: each.mountpoint }))
    .toSorted((a, b) => a.mountpoint.localeCompare(b.mountpoint))
}

async function missing(run: Run, { mounts }: Before): Promise<z.infer<typeof mountable>[]> {
  const there = await run.do(listZfsMounts())
  return mounts.filter((each) => !there.some((one) => one.source === each.dataset && one.target === each.mountpoint))
}

async function lookFirst(run: Run, mounts: readonly z.infer<typeof mountable>[]): Promise<void> {
  const clashes = mounts.filter((each, at) => mounts.findIndex((other) => other.mountpoint === each.mountpoint) !== at)
  const clash = clashes[0]
  if (clash !== undefined) {
    throw new Refused({
      code: 'mountpoint-clash',
      message: `two datasets have the mountpoint ${clash.mountpoint}; one of them is ${clash.dataset}`,
      notChanged: ['nothing was mounted'],
    })
  }
  const taken = (await run.do(listZfsMounts())).find((one) =>
    mounts.some((each) => each.mountpoint === one.target && each.dataset !== one.source),
  )
  if (taken !== undefined) {
    throw new Refused({
      code: 'mountpoint-taken',
      message: `${taken.target} is the mount of ${taken.source} already`,
      notChanged: ['nothing was mounted'],
    })
  }
  const open = await run.do(openFilesBelow(mounts.map((each) => each.mountpoint)))
  if (open.length > 0) {
    throw new Refused({
      code: 'mountpoint-busy',
      message: `these processes have files open below the mountpoints, on the root disk: ${open.slice(0, 5).join(', ')}`,
      notChanged: ['nothing was mounted'],
    })
  }
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
    mountDatasets(stood?.mounts.map((each) => each.dataset) ?? ['@mount.datasets']),
  ],
  async survey(run) {
    const { pool } = poolOf(run)
    const datasets = await run.do(listDatasets(pool))
    const keys = toUnlock(run, datasets)
    for (const each of datasets) {
      if (each.keyStatus === 'unavailable' && !keys.some((key) => key.name === each.encryptionRoot)) {
        const how = `--secret 'key:${each.encryptionRoot ?? each.name}=@FILE' gives it`
        run.finding('warn', `${each.name} is encrypted and its key is not loaded: it is not mounted; ${how}`)
      }
      if (each.mountpoint === 'legacy')
        run.finding('warn', `${each.name} has a legacy mountpoint: it is mounted by /etc/fstab or by hand`)
    }
    const mounts = toMount(run, datasets, keys)
    const hidden = datasets.filter((each) => !each.mounted).map((each) => each.mountpoint)
    const full = await run.do(nonEmptyDirectories(hidden.filter((path) => path.startsWith('/'))))
    for (const path of full)
      run.finding('warn', `${path} on the root disk is not empty: what is in it is hidden by the mount`)
    await lookFirst(
      run,
      mounts.filter((each) => hidden.includes(each.mountpoint)),
    )
    return { mounts, keys }
  },
  async find(run, stood) {
    const left = await missing(run, stood)
    return left.length === 0 ? { state: 'present', effect: stood } : { state: 'absent' }
  },
  async perform(run, stood) {
    for (const key of stood.keys) await run.do(loadKey(key))
    await run.do(mountDatasets(stood.mounts.map((each) => each.dataset)))
    return stood
  },
  async verify(run, stood): Promise<Finding[]> {
    const left = await missing(run, stood)
    if (left.length === 0) return run.route === 'local' ? [] : missingOwners(run, stood.mounts)
    return left.map((each) => ({
      level: 'error',
      message: `${each.dataset} is not mounted at ${each.mountpoint}`,
    }))
  },
  undo: {
    commands: (_run, stood) => [unmountDatasets(stood.mounts.map((each) => each.dataset).toReversed())],
    async perform(run, stood) {
      if (await leftAlone(run, 'the datasets stay mounted')) return
      const left = new Set((await missing(run, stood)).map((each) => each.dataset))
      const names = stood.mounts.map((each) => each.dataset).toReversed()
      if (left.size < names.length) await run.do(unmountDatasets(names))
    },
  },
}

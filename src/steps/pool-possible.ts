// What the pool that was looked into, or another one on the host, leaves possible. Asked before any service is stopped.
import { listZfsMounts } from '../remote/linux/disks.ts'
import { listDatasets } from '../remote/zfs/dataset.ts'
import { Refused } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { pointKey } from './point-answer.ts'
import type { Run } from './step.ts'

/** A pool that can only be read. @throws Refused where it would have to be written to */
function demandWritable(run: Run): void {
  const { pool, readOnlyFeatures } = run.effect(inspectPoolAction)
  if (readOnlyFeatures.length === 0) return
  throw new Refused({
    code: 'pool-only-readable',
    message: `the pool ${pool} uses features that this host's OpenZFS does not know (${readOnlyFeatures.join(', ')}): it can be read here, and not be imported for writing`,
    notChanged: ['no service was stopped, and the pool is still open read-only'],
    next: [
      {
        why: 'copy files out of its snapshots instead',
        command: `lifeboat resume ${run.id} --at latest --way files --to DIR`,
      },
      {
        why: 'or take this run back, and restore onto a host with a newer OpenZFS',
        command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
      },
    ],
  })
}

/** Where this pool's datasets are to be mounted, nobody else's may be. @throws Refused */
async function demandFreeMountpoints(run: Run): Promise<void> {
  const { pool, original, altroot } = run.before(inspectPoolAction)
  const wanted = (await run.do(listDatasets(pool)))
    .filter((each) => each.canmount === 'on' && each.mountpoint.startsWith(altroot))
    .map((each) => each.mountpoint.slice(altroot.length) || '/')
    // A root dataset that has no mountpoint of its own gets the one that it had.
    .map((mountpoint) =>
      original !== null && `${mountpoint}/`.startsWith(`/${pool}/`)
        ? `/${original}${mountpoint.slice(pool.length + 1)}`
        : mountpoint,
    )
  const there = (await run.do(listZfsMounts())).filter((each) => each.source.split('/')[0] !== pool)
  const taken = there.filter(({ target }) => wanted.includes(target))
  if (taken.length === 0) return
  const others = [...new Set(taken.map(({ source }) => source.split('/')[0] ?? ''))]
  throw new Refused({
    code: 'mountpoint-taken',
    message: `${taken.map(({ source, target }) => `${target} is the mount of ${source}`).join(', ')}, and the restored data belongs there`,
    notChanged: ['no service was stopped, and the pool is still open read-only'],
    next: [
      ...others.map((other) => ({
        why: `let go of ${other}, if nothing needs it (zpool import ${other} brings it back)`,
        command: run.onHost(sh`zpool export ${other}`),
      })),
      { why: 'then go on', command: `lifeboat resume ${run.id}` },
    ],
  })
}

/** Where the living pool had to be let go of, services are down until one is in its place. @throws Refused */
function demandServing(run: Run): void {
  if (!run.began('let-go')) return
  throw new Refused({
    code: 'services-are-down',
    message: 'the services were stopped and their pool let go of for this restore, and copying files would leave it so',
    notChanged: ['nothing was copied'],
    next: [
      {
        why: 'let the services run on their pool again',
        command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
      },
      {
        why: 'then copy out of the snapshots in that pool',
        command: sh`lifeboat restore --host ${run.host.name} --source local --way files --to DIR`,
      },
    ],
  })
}

/** @throws Refused where the chosen way can't be gone with this pool on this host */
export async function demandPool(run: Run): Promise<void> {
  if (run.route === 'local') return
  const { way } = run.answer(pointKey)
  if (way === 'files') return demandServing(run)
  demandWritable(run)
  await demandFreeMountpoints(run)
}

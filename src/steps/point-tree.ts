// What the pool holds, as the question of the moment needs it: read once, narrowed to the datasets that were asked for.
import { posix } from 'node:path'
import { listDatasets, listSnapshots, type Dataset, type Snapshot } from '../remote/zfs/dataset.ts'
import { UsageError } from '../text/errors.ts'
import { poolOf } from './pool-at-work.ts'
import { inspectPoolAction, nameHere } from './inspect-pool.ts'
import type { HostProfile } from './profile.ts'
import type { Run } from './step.ts'

/** What the pool holds, read once for a question. */
export interface Tree {
  readonly datasets: readonly Dataset[]
  readonly snapshots: readonly Snapshot[]
}

// A hundred thousand snapshots take minutes to list. What is rolled back is looked at once more by the program that does it.
const freshMs = 60_000

/** By the host of a session, which all its runs of steps have in common. */
const listings = new WeakMap<HostProfile, { readonly all: readonly Snapshot[]; readonly until: number }>()

/** Every snapshot and bookmark of the pool, as it was a minute ago at most; or as long ago as it takes to list them. */
export async function snapshotsOf(run: Run): Promise<readonly Snapshot[]> {
  const known = listings.get(run.host)
  const begun = run.now().getTime()
  if (known !== undefined && begun < known.until) return known.all
  const all = await run.do(listSnapshots(poolOf(run).pool))
  const listed = run.now().getTime()
  listings.set(run.host, { all, until: listed + Math.max(freshMs, listed - begun) })
  return all
}

// While a question stands, one listing serves all of it.
const trees = new WeakMap<Run, Promise<Tree>>()

export function treeOf(run: Run): Promise<Tree> {
  const tree = trees.get(run) ?? readTree(run)
  trees.set(run, tree)
  return tree
}

/** While a pool is only looked at, its mountpoints are shown below another root than they will have. */
export function asMounted(run: Run, dataset: Dataset): Dataset {
  if (run.route === 'local') return dataset
  const { altroot } = run.before(inspectPoolAction)
  const { mountpoint } = dataset
  return mountpoint === altroot || mountpoint.startsWith(`${altroot}/`)
    ? { ...dataset, mountpoint: mountpoint.slice(altroot.length) || '/' }
    : dataset
}

async function readTree(run: Run): Promise<Tree> {
  const { pool } = poolOf(run)
  const datasets = (await run.do(listDatasets(pool))).map((each) => asMounted(run, each))
  const snapshots = (await snapshotsOf(run)).filter((each) => each.kind === 'snapshot')
  const chosen = run.flags.dataset.map((name) => nameHere(run, name))
  for (const name of chosen) {
    if (!datasets.some((each) => each.name === name)) {
      throw new UsageError(
        `--dataset ${name}: the pool has no such dataset (it has ${datasets.map((each) => each.name).join(', ')})`,
      )
    }
  }
  const within = (name: string): boolean =>
    chosen.length === 0 || chosen.some((top) => name === top || name.startsWith(`${top}/`))
  return {
    datasets: datasets.filter((each) => within(each.name)),
    snapshots: snapshots.filter((each) => within(each.dataset)),
  }
}

/** Each dataset's newest snapshot among those that `fits`; the order is the pool's own, not that of names. */
export function newestOfEach(tree: Tree, fits: (snapshot: Snapshot) => boolean): Map<string, Snapshot> {
  const found = new Map<string, Snapshot>()
  for (const snapshot of tree.snapshots) {
    const before = found.get(snapshot.dataset)
    if (fits(snapshot) && (before === undefined || snapshot.createtxg > before.createtxg))
      found.set(snapshot.dataset, snapshot)
  }
  return found
}

/**
 * Each dataset's newest snapshot at or before an instant. `zfs snapshot -r` makes all of its snapshots in one transaction
 * group, and writes different seconds into them: they are all of the first.
 */
export function newestUntil(tree: Tree, instant: Date): Map<string, Snapshot> {
  const begun = new Map<number, number>()
  for (const { createtxg, createdAt } of tree.snapshots)
    begun.set(createtxg, Math.min(begun.get(createtxg) ?? Number.POSITIVE_INFINITY, new Date(createdAt).getTime()))
  return newestOfEach(tree, (each) => (begun.get(each.createtxg) ?? 0) <= instant.getTime())
}

/** Which dataset a path of the host is in when all are mounted, and where in it. */
export function holderOf(tree: Tree, path: string): { readonly dataset: string; readonly path: string } | undefined {
  const wanted = posix.normalize(path)
  const holders = tree.datasets
    .filter(({ mountpoint }) => mountpoint.startsWith('/') && isBelow(wanted, mountpoint))
    .toSorted((a, b) => b.mountpoint.length - a.mountpoint.length)
  const [holder] = holders
  return holder === undefined
    ? undefined
    : { dataset: holder.name, path: posix.relative(holder.mountpoint, wanted) || '.' }
}

/** Whether a path is another or below it. */
export const isBelow = (path: string, top: string): boolean =>
  path === top || path.startsWith(top === '/' ? '/' : `${top}/`)

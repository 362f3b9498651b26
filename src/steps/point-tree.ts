// What the pool holds, as the question of the moment needs it: read once, narrowed to the datasets that were asked for.
import { listDatasets, listSnapshots, type Dataset, type Snapshot } from '../remote/zfs/dataset.ts'
import { UsageError } from '../text/errors.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import type { Run } from './step.ts'

/** What the pool holds, read once for a question. */
export interface Tree {
  readonly datasets: readonly Dataset[]
  readonly snapshots: readonly Snapshot[]
}

// The pool is open read-only while the question stands, so one listing serves all of it.
const trees = new WeakMap<Run, Promise<Tree>>()

export function treeOf(run: Run): Promise<Tree> {
  const tree = trees.get(run) ?? readTree(run)
  trees.set(run, tree)
  return tree
}

async function readTree(run: Run): Promise<Tree> {
  const { pool } = run.effect(inspectPoolAction)
  const datasets = await run.do(listDatasets(pool))
  const snapshots = (await run.do(listSnapshots(pool))).filter((each) => each.kind === 'snapshot')
  const chosen = run.flags.dataset
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

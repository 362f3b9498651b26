// The space of datasets and snapshots (zfsprops(7): used, referenced, written, available), in bytes.
import { childrenOf, datasetAt, parentPath, snapshotByGuid } from './names.ts'
import type { Dataset, Imported, PoolState, Snapshot } from './model.ts'
import { poolSize, slop } from './pool-size.ts'
import { blocksOf, bytesOf, emptySize, metadataOf, sameTree } from './sizes.ts'

const none: ReadonlySet<Uint8Array> = new Set()

const numberOf = (dataset: Dataset, property: string): number => Number(dataset.settings.get(property)?.value ?? 0)

const headBlocks = (dataset: Dataset) => blocksOf(dataset.files, false)
const blocksIn = (snapshot: Snapshot | undefined) => (snapshot === undefined ? none : blocksOf(snapshot.files, true))

const originOf = (state: PoolState, dataset: Dataset): Snapshot | undefined =>
  dataset.origin === null
    ? undefined
    : state.datasets.flatMap((each) => each.snapshots).find((each) => each.guid === dataset.origin)

export const referenced = (dataset: Dataset, snapshot?: Snapshot): number =>
  emptySize(dataset.crypt !== null) + bytesOf(snapshot === undefined ? headBlocks(dataset) : blocksIn(snapshot))

/** What the head has that a snapshot of it has not. */
export const writtenSince = (dataset: Dataset, snapshot: Snapshot): number =>
  bytesOf(headBlocks(dataset), blocksIn(snapshot)) + metadataOf(sameTree(dataset.files, snapshot.files))

/** What the head, or a snapshot, has that the snapshot before it has not. */
export function written(state: PoolState, dataset: Dataset, snapshot?: Snapshot): number {
  const at = snapshot === undefined ? dataset.snapshots.length : dataset.snapshots.indexOf(snapshot)
  const before = dataset.snapshots[at - 1] ?? originOf(state, dataset)
  if (before === undefined) return referenced(dataset, snapshot)
  if (snapshot === undefined) return writtenSince(dataset, before)
  return bytesOf(blocksIn(snapshot), blocksIn(before)) + metadataOf(sameTree(snapshot.files, before.files))
}

/** What destroying this snapshot alone would free: what neither the one before it has nor the one after it. */
export function usedBySnapshot(state: PoolState, dataset: Dataset, snapshot: Snapshot): number {
  const at = dataset.snapshots.indexOf(snapshot)
  const before = dataset.snapshots[at - 1] ?? originOf(state, dataset)
  const after = dataset.snapshots[at + 1]
  const next = after?.files ?? dataset.files
  const differs = !sameTree(snapshot.files, next) && (before === undefined || !sameTree(snapshot.files, before.files))
  return (
    bytesOf(blocksIn(snapshot), blocksIn(before), after === undefined ? headBlocks(dataset) : blocksIn(after)) +
    metadataOf(!differs)
  )
}

/** What destroying these snapshots together would free. */
export function freedWith(state: PoolState, dataset: Dataset, snapshots: readonly Snapshot[]): number {
  const others = dataset.snapshots.filter((each) => !snapshots.includes(each))
  const stay = [headBlocks(dataset), blocksIn(originOf(state, dataset)), ...others.map(blocksIn)]
  const trees = [dataset.files, ...others.map((each) => each.files)]
  const gone = [...new Set(snapshots.map((each) => each.files))].filter(
    (each) => !trees.some((tree) => sameTree(tree, each)),
  )
  const blocks = new Set(snapshots.flatMap((each) => [...blocksIn(each)]))
  return bytesOf(blocks, ...stay) + gone.length * metadataOf(false)
}

export const usedBySnapshots = (state: PoolState, dataset: Dataset): number =>
  freedWith(state, dataset, dataset.snapshots)

/** What the head has for itself: all of it, but of a clone what its origin has not. */
export function usedByDataset(state: PoolState, dataset: Dataset): number {
  const origin = originOf(state, dataset)
  if (origin === undefined) return referenced(dataset)
  return bytesOf(headBlocks(dataset), blocksIn(origin)) + metadataOf(sameTree(dataset.files, origin.files))
}

/** What the refreservation keeps free beyond what the head has written since its newest snapshot. */
export const usedByRefreservation = (state: PoolState, dataset: Dataset): number =>
  Math.max(
    0,
    numberOf(dataset, 'refreservation') -
      (dataset.snapshots.length === 0 ? usedByDataset(state, dataset) : written(state, dataset)),
  )

export const usedByChildren = (state: PoolState, dataset: Dataset): number =>
  childrenOf(state, dataset).reduce(
    (sum, child) => sum + Math.max(used(state, child), numberOf(child, 'reservation')),
    0,
  )

// Whoever asks for the space of all datasets asks for that of their parents again and again.
let measured = new Map<Dataset, number>()

/** Something was changed, or may have been: what was measured before doesn't count any more. */
export const measureAnew = (): void => void (measured = new Map())

export function used(state: PoolState, dataset: Dataset): number {
  const bytes =
    measured.get(dataset) ??
    usedByDataset(state, dataset) +
      usedBySnapshots(state, dataset) +
      usedByRefreservation(state, dataset) +
      usedByChildren(state, dataset)
  measured.set(dataset, bytes)
  return bytes
}

const trees = (state: PoolState) =>
  state.datasets.flatMap((each) => [each.files, ...each.snapshots.map((snapshot) => snapshot.files)])

/** What a checkpoint keeps from being freed. */
export function checkpointBytes({ pool }: Imported): number | null {
  if (pool.checkpoint === null) return null
  const now = trees(pool.state)
  const before = trees(pool.checkpoint.state)
  const blocks = new Set(now.flatMap((tree) => [...blocksOf(tree, false)]))
  const gone = before.filter((tree) => !now.some((each) => sameTree(each, tree)))
  return (
    49_152 +
    gone.length * metadataOf(false) +
    bytesOf(new Set(gone.flatMap((tree) => [...blocksOf(tree, false)])), blocks)
  )
}

export function allocated(imported: Imported): number {
  const { state } = imported.pool
  const root = state.datasets.find((each) => each.path === '')
  return (root === undefined ? 0 : used(state, root)) + (checkpointBytes(imported) ?? 0)
}

/** What a dataset and what is below it may still take: quotas and reservations of those above count. */
function availableBelow(imported: Imported, dataset: Dataset): number {
  const { state } = imported.pool
  const parent = parentPath(dataset.path)
  const above = parent === undefined ? undefined : datasetAt(state, parent)
  const mine = used(state, dataset)
  const given =
    above === undefined
      ? poolSize(imported.pool) - slop(imported.pool) - allocated(imported)
      : availableBelow(imported, above)
  const room = given + Math.max(0, numberOf(dataset, 'reservation') - mine)
  const quota = numberOf(dataset, 'quota')
  return Math.max(0, quota > 0 ? Math.min(room, quota - mine) : room)
}

/** What the head may still write. */
export function available(imported: Imported, dataset: Dataset): number {
  const room = availableBelow(imported, dataset) + usedByRefreservation(imported.pool.state, dataset)
  const refquota = numberOf(dataset, 'refquota')
  return Math.max(0, refquota > 0 ? Math.min(room, refquota - referenced(dataset)) : room)
}

/** The snapshot that a dataset was cloned from. */
export const originPlace = (imported: Imported, dataset: Dataset) =>
  dataset.origin === null ? undefined : snapshotByGuid(imported, dataset.origin)

// Taking datasets, snapshots and bookmarks out of a pool. The checks are those that the kernel makes, with its errnos.
import { mountsOf, isMounted } from './host-state.ts'
import type { Host } from './model.ts'
import { childrenOf, clonesOf, snapshotByGuid, type DatasetPlace, type SnapshotPlace } from './names.ts'

export const EPERM = 1
export const ENOENT = 2
export const EBUSY = 16
export const EEXIST = 17
export const EINVAL = 22
export const ENOSPC = 28
export const EDQUOT = 122

/** Why a snapshot can't be destroyed; 0: it can. `looked` counts mounts of it, which a command of zfs unmounts. */
export function checkDestroySnapshot(host: Host, { imported, snapshot }: SnapshotPlace, looked: boolean): number {
  if (snapshot.holds.size > 0) return EBUSY
  if (looked && mountsOf(host, snapshot).length > 0) return EBUSY
  return clonesOf(imported, snapshot).length > 0 ? EEXIST : 0
}

export function checkDestroyDataset(host: Host, { imported, dataset }: DatasetPlace): number {
  if (isMounted(host, dataset)) return EBUSY
  if (dataset.path === '') return EBUSY
  if (dataset.snapshots.length > 0 || childrenOf(imported.pool.state, dataset).length > 0) return EEXIST
  return 0
}

export function removeSnapshot({ dataset, snapshot }: SnapshotPlace): void {
  dataset.snapshots = dataset.snapshots.filter((each) => each !== snapshot)
}

/** Destroys a snapshot for which nothing but a hold or a clone was waited for. */
export function finishDeferred(place: SnapshotPlace): void {
  const { imported, snapshot } = place
  if (snapshot.deferred && snapshot.holds.size === 0 && clonesOf(imported, snapshot).length === 0) removeSnapshot(place)
}

export function removeDataset({ imported, dataset }: DatasetPlace): void {
  const { state } = imported.pool
  state.datasets = state.datasets.filter((each) => each !== dataset)
  imported.keys.delete(dataset.objset)
  const origin = dataset.origin === null ? undefined : snapshotByGuid(imported, dataset.origin)
  if (origin !== undefined) finishDeferred(origin)
}

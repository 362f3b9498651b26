// Taking a dataset's head back to its newest snapshot.
import { isMounted } from './host-state.ts'
import type { Dataset, Host } from './model.ts'
import type { DatasetPlace } from './names.ts'
import { EBUSY, EDQUOT, EEXIST, EINVAL, ENOSPC } from './destroy.ts'
import { available, referenced, usedByRefreservation } from './space.ts'

/**
 * Why a head can't go back (dsl_dataset_rollback_check); 0: it can.
 * @param suspends the caller holds a mounted filesystem still meanwhile, as `zfs rollback` does and a program can't
 */
export function checkRollback(host: Host, place: DatasetPlace, suspends: boolean): number {
  const { imported, dataset } = place
  const newest = dataset.snapshots.at(-1)
  if (newest === undefined) return EINVAL
  if (!suspends && isMounted(host, dataset)) return EBUSY
  if (dataset.bookmarks.some((each) => each.createtxg > newest.createtxg)) return EEXIST
  const refquota = Number(dataset.settings.get('refquota')?.value ?? 0)
  if (refquota > 0 && referenced(dataset, newest) > refquota) return EDQUOT
  // The head then has nothing for itself: all of its refreservation is to be kept free.
  const refreservation = Number(dataset.settings.get('refreservation')?.value ?? 0)
  const more = refreservation - usedByRefreservation(imported.pool.state, dataset)
  return more > available(imported, dataset) ? ENOSPC : 0
}

/** Makes the head what its newest snapshot is. */
export function rollBackHead(dataset: Dataset): void {
  const newest = dataset.snapshots.at(-1)
  if (newest === undefined) return
  dataset.files.clear()
  for (const [path, inode] of newest.files) dataset.files.set(path, inode)
  if (newest.volsize !== null) dataset.settings.set('volsize', { value: String(newest.volsize), source: 'local' })
}

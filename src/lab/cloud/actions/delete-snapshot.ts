import { findOwnSnapshot } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { noteTrouble } from '../state/cloud-state.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

/** Deletes one of the account's own snapshots. Volumes made from it keep their data. */
export const deleteSnapshot: Action = {
  name: 'DeleteSnapshot',
  parameters: ['SnapshotId'],
  resource: 'snapshot',
  prepare({ parameters, state }) {
    const { imagePath, lock, snapshotId } = findOwnSnapshot(state, parameters.required('SnapshotId'))
    // AWS's list of error codes has none of its own for this.
    if (lock !== null && lock.expiresAt > state.now()) {
      throw new ApiError('OperationNotPermitted', `The snapshot '${snapshotId}' is locked and can not be deleted.`)
    }
    return () => {
      state.snapshots.delete(snapshotId)
      state.background.start(
        () => state.disks.remove(imagePath),
        (error) => noteTrouble(state, snapshotId, error),
      )
      return succeeded
    }
  },
}

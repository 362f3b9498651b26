import { findSnapshot } from '../find.ts'
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
    const { imagePath, ownerId, snapshotId } = findSnapshot(state, parameters.required('SnapshotId'))
    if (ownerId !== state.world.accountId) {
      throw new ApiError('AuthFailure', 'Not authorized for snapshots of another account.', 403)
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

import { findOwnSnapshot } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeSnapshot } from '../state/cloud-state.ts'
import type { Action } from './action.ts'

/** Takes a snapshot's lock away before its time. */
export const unlockSnapshot: Action = {
  name: 'UnlockSnapshot',
  parameters: ['SnapshotId'],
  resource: 'snapshot',
  prepare({ parameters, state }) {
    const { lock, snapshotId } = findOwnSnapshot(state, parameters.required('SnapshotId'))
    if (lock === null) throw new ApiError('IncorrectState', `Snapshot '${snapshotId}' is not locked.`)
    return () => {
      changeSnapshot(state, snapshotId, { lock: null })
      return { snapshotId }
    }
  },
}

import { findOwnSnapshot } from '../find.ts'
import { ApiError, invalidValue } from '../protocol/api-error.ts'
import { instant } from '../protocol/xml.ts'
import { isMoving, tierOf } from '../snapshot-tier.ts'
import { changeSnapshot, noteTrouble } from '../state/cloud-state.ts'
import type { Tiering } from '../state/resources.ts'
import type { Action } from './action.ts'

/** Sends a snapshot to the archive. Until it has arrived there it can be used. */
export const modifySnapshotTier: Action = {
  name: 'ModifySnapshotTier',
  parameters: ['SnapshotId', 'StorageTier'],
  resource: 'snapshot',
  prepare({ parameters, state }) {
    const snapshot = findOwnSnapshot(state, parameters.required('SnapshotId'))
    const { snapshotId } = snapshot
    const tier = parameters.text('StorageTier') ?? 'archive'
    if (tier !== 'archive') throw invalidValue('storageTier', tier, `Expecting 'archive'.`)
    if (snapshot.state !== 'completed' || isMoving(snapshot) || tierOf(snapshot, state.now()) === 'archive') {
      throw new ApiError('IncorrectState', `Snapshot '${snapshotId}' is not in a state in which it can be archived.`)
    }
    return () => {
      const tiering: Tiering = { operation: 'archival', startedAt: state.now(), endedAt: null }
      changeSnapshot(state, snapshotId, { tiering })
      state.background.start(
        async () => {
          await state.background.pause(state.delays.archiveMs)
          changeSnapshot(state, snapshotId, {
            storageTier: 'archive',
            restoreExpiresAt: null,
            tiering: { ...tiering, endedAt: state.now() },
          })
        },
        (error) => noteTrouble(state, snapshotId, error),
      )
      return { snapshotId, tieringStartTime: instant(tiering.startedAt) }
    }
  },
}

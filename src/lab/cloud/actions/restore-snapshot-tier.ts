import { findOwnSnapshot } from '../find.ts'
import { ApiError, invalidValue, missingParameter } from '../protocol/api-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { instant } from '../protocol/xml.ts'
import { isMoving, tierOf } from '../snapshot-tier.ts'
import { changeSnapshot, noteTrouble } from '../state/cloud-state.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Tiering } from '../state/resources.ts'
import type { Action } from './action.ts'

const dayMs = 86_400_000

/**
 * Brings a snapshot out of the archive, for some days or for good; or changes for how long it is out.
 * https://docs.aws.amazon.com/ebs/latest/userguide/working-with-snapshot-archiving.html
 */
export const restoreSnapshotTier: Action = {
  name: 'RestoreSnapshotTier',
  parameters: ['PermanentRestore', 'SnapshotId', 'TemporaryRestoreDays'],
  resource: 'snapshot',
  prepare({ parameters, state }) {
    const snapshot = findOwnSnapshot(state, parameters.required('SnapshotId'))
    const { snapshotId } = snapshot
    const days = readDays(parameters)
    const archived = tierOf(snapshot, state.now()) === 'archive'
    if (isMoving(snapshot) || (!archived && snapshot.restoreExpiresAt === null)) {
      throw new ApiError('IncorrectState', `Snapshot '${snapshotId}' is not in a state in which it can be restored.`)
    }
    return () => {
      const startedAt = state.now()
      const operation = days === null ? 'permanent-restore' : 'temporary-restore'
      const tiering: Tiering = { operation, startedAt, endedAt: null }
      if (archived) {
        changeSnapshot(state, snapshotId, { tiering, storageTier: 'archive', restoreExpiresAt: null })
        state.background.start(
          async () => {
            await state.background.pause(state.delays.restoreTierMs)
            arrive(state, snapshotId, tiering, days)
          },
          (error) => noteTrouble(state, snapshotId, error),
        )
      } else arrive(state, snapshotId, tiering, days)
      return {
        snapshotId,
        restoreStartTime: instant(startedAt),
        restoreDuration: days ?? undefined,
        isPermanentRestore: days === null,
      }
    }
  },
}

function arrive(state: CloudState, snapshotId: string, tiering: Tiering, days: number | null): void {
  const endedAt = state.now()
  changeSnapshot(state, snapshotId, {
    storageTier: 'standard',
    restoreExpiresAt: days === null ? null : new Date(endedAt.getTime() + days * dayMs),
    tiering: { ...tiering, endedAt },
  })
}

/** Null for good. */
function readDays(parameters: Parameters): number | null {
  const permanent = parameters.flag('PermanentRestore')
  const days = parameters.integer('TemporaryRestoreDays')
  if (days === undefined) {
    if (permanent) return null
    throw missingParameter('temporaryRestoreDays')
  }
  if (permanent) {
    throw new ApiError(
      'InvalidParameterCombination',
      'The parameter temporaryRestoreDays cannot be used with the parameter permanentRestore',
    )
  }
  if (days < 1 || days > 180) {
    throw invalidValue('temporaryRestoreDays', String(days), 'Expecting a value between 1 and 180.')
  }
  return days
}

import { findVolume } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeSnapshot, noteTrouble } from '../state/cloud-state.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Snapshot, Volume } from '../state/resources.ts'
import { readTagSpecifications } from '../tags.ts'
import type { Action } from './action.ts'
import { snapshotShape } from './snapshot-shape.ts'

/** Takes a crash-consistent snapshot of a volume, attached or not. */
export const createSnapshot: Action = {
  name: 'CreateSnapshot',
  parameters: ['Description', 'TagSpecification', 'VolumeId'],
  resource: 'snapshot',
  prepare({ parameters, state }) {
    const volume = findVolume(state, parameters.required('VolumeId'))
    if (volume.state !== 'available' && volume.state !== 'in-use') {
      throw new ApiError('IncorrectState', `Volume '${volume.volumeId}' is in the '${volume.state}' state.`)
    }
    const description = parameters.text('Description') ?? ''
    if (description.length > 255) {
      throw new ApiError(
        'InvalidParameterValue',
        `Value (${description}) for parameter description is invalid. It exceeds 255 characters`,
      )
    }
    const snapshot: Snapshot = {
      kind: 'snapshot',
      snapshotId: `snap-${state.newId()}`,
      volumeId: volume.volumeId,
      startedAt: state.now(),
      sizeGiB: volume.sizeGiB,
      description,
      ownerId: state.world.accountId,
      tags: readTagSpecifications(parameters, 'snapshot'),
      imagePath: null,
      state: 'pending',
      progressPercent: 0,
      storageTier: 'standard',
      tiering: null,
      restoreExpiresAt: null,
      lock: null,
      kms: volume.encrypted ? 'allowed' : null,
    }
    return () => {
      state.snapshots.set(snapshot.snapshotId, snapshot)
      state.background.start(
        () => take(state, volume, snapshot),
        (error) => {
          noteTrouble(state, snapshot.snapshotId, error)
          changeSnapshot(state, snapshot.snapshotId, { state: 'error' })
        },
      )
      return snapshotShape(snapshot, state)
    }
  },
}

// The data is that of the moment of the call; only its way to S3 takes the time that `pending` shows.
async function take(state: CloudState, volume: Volume, { snapshotId }: Snapshot): Promise<void> {
  const imagePath = volume.imagePath === null ? null : await copyNow(state, volume, volume.imagePath, snapshotId)
  for (const progressPercent of [33, 66, 99]) {
    await state.background.pause(state.delays.snapshotMs / 3)
    changeSnapshot(state, snapshotId, { progressPercent })
  }
  if (!state.snapshots.has(snapshotId)) return state.disks.remove(imagePath)
  changeSnapshot(state, snapshotId, { state: 'completed', progressPercent: 100, imagePath })
}

async function copyNow(state: CloudState, volume: Volume, source: string, snapshotId: string): Promise<string> {
  const path = state.disks.pathOf(snapshotId)
  const host = volume.attachment === null ? undefined : state.hosts.get(volume.attachment.instanceId)
  const copy = (): Promise<void> => state.disks.make(path, source, volume.sizeGiB)
  await state.background.inTurn(volume.volumeId, () => (host === undefined ? copy() : host.frozen(copy)))
  return path
}

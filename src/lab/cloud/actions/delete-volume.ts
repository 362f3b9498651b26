import { findVolume } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeVolume, noteTrouble } from '../state/cloud-state.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

/** Deletes a volume that no instance has. */
export const deleteVolume: Action = {
  name: 'DeleteVolume',
  parameters: ['VolumeId'],
  resource: 'volume',
  prepare({ parameters, state }) {
    const { attachment, imagePath, volumeId, ...volume } = findVolume(state, parameters.required('VolumeId'))
    if (attachment !== null) {
      throw new ApiError('VolumeInUse', `Volume ${volumeId} is currently attached to ${attachment.instanceId}`)
    }
    if (volume.state !== 'available' && volume.state !== 'error') {
      throw new ApiError('IncorrectState', `Volume '${volumeId}' is in the '${volume.state}' state.`)
    }
    return () => {
      changeVolume(state, volumeId, { state: 'deleting' })
      state.background.start(
        async () => {
          await state.background.pause(state.delays.deleteMs)
          const path = imagePath ?? state.disks.pathOf(volumeId)
          await state.background.inTurn(volumeId, () => state.disks.remove(path))
          state.volumes.delete(volumeId)
        },
        (error) => noteTrouble(state, volumeId, error),
      )
      return succeeded
    }
  },
}

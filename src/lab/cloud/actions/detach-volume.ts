import { deviceSlot } from '../devices.ts'
import { findInstance, findVolume } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeVolume, noteTrouble } from '../state/cloud-state.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Attachment, Volume } from '../state/resources.ts'
import type { Action, Call } from './action.ts'
import { attachmentShape } from './volume-shape.ts'

/** Takes a volume out of its instance, once the guest has given it up. */
export const detachVolume: Action = {
  name: 'DetachVolume',
  parameters: ['Device', 'Force', 'InstanceId', 'VolumeId'],
  resource: 'volume',
  prepare(call) {
    const { fault, parameters, state } = call
    const volume = findVolume(state, parameters.required('VolumeId'))
    const forced = parameters.flag('Force')
    const before = readAttachment(call, volume, forced)
    return () => {
      const attachment: Attachment = { ...before, state: 'detaching' }
      changeVolume(state, volume.volumeId, { attachment })
      if (fault?.kind === 'stuck') {
        changeVolume(state, volume.volumeId, { attachment: { ...attachment, state: 'busy' } })
        return attachmentShape(volume.volumeId, attachment)
      }
      // A disk that the guest holds on to stays `busy` until it lets go and is detached once more.
      state.background.start(
        () => unplug(state, volume.volumeId, before, attachment, forced),
        (error) => {
          noteTrouble(state, volume.volumeId, error)
          if (state.volumes.get(volume.volumeId)?.attachment !== attachment) return
          changeVolume(state, volume.volumeId, { attachment: { ...attachment, state: 'busy' } })
        },
      )
      return attachmentShape(volume.volumeId, attachment)
    }
  },
}

async function unplug(
  state: CloudState,
  volumeId: string,
  before: Attachment,
  attachment: Attachment,
  forced: boolean,
): Promise<void> {
  const host = state.hosts.get(attachment.instanceId)
  if (host !== undefined) {
    try {
      await state.background.inTurn(volumeId, () => host.detach(volumeId))
    } catch (error) {
      // Of a disk that never arrived there is nothing for the guest to give up.
      if (!forced || before.state !== 'attaching') throw error
    }
  }
  await state.background.pause(state.delays.detachMs)
  if (state.volumes.get(volumeId)?.attachment !== attachment) return
  changeVolume(state, volumeId, { state: 'available', attachment: null })
}

function readAttachment({ parameters, state }: Call, volume: Volume, forced: boolean): Attachment {
  const { attachment, volumeId } = volume
  if (attachment === null) {
    throw new ApiError('IncorrectState', `Volume '${volumeId}' is in the '${volume.state}' state.`)
  }
  const instanceId = parameters.text('InstanceId') ?? ''
  const device = parameters.text('Device') ?? ''
  const instance = findInstance(state, instanceId === '' ? attachment.instanceId : instanceId)
  const elsewhere = instance.instanceId !== attachment.instanceId
  if (elsewhere || (device !== '' && deviceSlot(device) !== deviceSlot(attachment.device))) {
    const place = device === '' ? '' : ` as device '${device}'`
    throw new ApiError(
      'InvalidAttachment.NotFound',
      `The volume '${volumeId}' is not attached to instance '${instance.instanceId}'${place}.`,
    )
  }
  if (instance.rootVolumeId === volumeId && instance.state === 'running') {
    throw new ApiError(
      'OperationNotPermitted',
      `Unable to detach root volume '${volumeId}' from instance '${instance.instanceId}'`,
    )
  }
  if (!forced && (attachment.state === 'attaching' || attachment.state === 'detaching')) {
    throw new ApiError('IncorrectState', `Volume '${volumeId}' is in the '${attachment.state}' state.`)
  }
  return attachment
}

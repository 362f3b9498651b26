import { deviceSlot } from '../devices.ts'
import { findInstance, findVolume } from '../find.ts'
import { instanceType, volumePlaces } from '../instance-types.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeVolume, noteTrouble } from '../state/cloud-state.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Attachment, Instance, Volume } from '../state/resources.ts'
import type { Action } from './action.ts'
import { attachmentShape } from './volume-shape.ts'

/** Plugs a volume into an instance of the same zone. */
export const attachVolume: Action = {
  name: 'AttachVolume',
  parameters: ['Device', 'InstanceId', 'VolumeId'],
  resource: 'volume',
  prepare({ fault, parameters, state }) {
    const volume = findVolume(state, parameters.required('VolumeId'))
    const instance = findInstance(state, parameters.required('InstanceId'))
    const device = parameters.required('Device')
    checkStates(volume, instance)
    checkPlace(state, instance, device)
    if (fault?.kind === 'device-taken') throw deviceTaken(device)
    return () => {
      const attachment: Attachment = {
        instanceId: instance.instanceId,
        device,
        state: 'attaching',
        attachedAt: state.now(),
        deleteOnTermination: false,
      }
      changeVolume(state, volume.volumeId, { state: 'in-use', attachment })
      if (fault?.kind === 'stuck') return attachmentShape(volume.volumeId, attachment)
      // A host that won't take the disk leaves it attaching, as AWS does when a guest doesn't answer.
      state.background.start(
        () => plug(state, volume, attachment),
        (error) => noteTrouble(state, volume.volumeId, error),
      )
      return attachmentShape(volume.volumeId, attachment)
    }
  },
}

async function plug(state: CloudState, volume: Volume, attachment: Attachment): Promise<void> {
  const { imagePath, volumeId } = volume
  const host = state.hosts.get(attachment.instanceId)
  if (host !== undefined && imagePath !== null) {
    // In turn: a snapshot that is still being copied must not see what the host writes.
    const serials = showsSerials(state, attachment.instanceId)
    await state.background.inTurn(volumeId, () => host.attach(imagePath, volumeId, { serials }))
  }
  await state.background.pause(state.delays.attachMs)
  // Meanwhile it may have been detached by force, and even attached again.
  if (state.volumes.get(volumeId)?.attachment !== attachment) return
  changeVolume(state, volumeId, { attachment: { ...attachment, state: 'attached' } })
}

function showsSerials(state: CloudState, instanceId: string): boolean {
  const type = instanceType(state.world, state.instances.get(instanceId)?.instanceType ?? '')
  return type?.nvme !== 'unsupported'
}

function checkStates(volume: Volume, instance: Instance): void {
  const { volumeId } = volume
  const { instanceId } = instance
  if (volume.attachment !== null) {
    throw new ApiError('VolumeInUse', `${volumeId} is already attached to an instance`)
  }
  if (volume.state !== 'available') throw new ApiError('IncorrectState', `${volumeId} is not 'available'.`)
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    throw new ApiError('IncorrectState', `Instance '${instanceId}' is not 'running'.`)
  }
  if (volume.availabilityZone !== instance.availabilityZone) {
    throw new ApiError(
      'InvalidVolume.ZoneMismatch',
      `The volume '${volumeId}' is not in the same availability zone as instance '${instanceId}'`,
    )
  }
}

function checkPlace(state: CloudState, instance: Instance, device: string): void {
  const slot = deviceSlot(device)
  if (slot === null) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    )
  }
  const there = [...state.volumes.values()].flatMap(({ attachment }) =>
    attachment?.instanceId === instance.instanceId ? [attachment] : [],
  )
  if (there.some((attachment) => deviceSlot(attachment.device) === slot)) {
    throw deviceTaken(device)
  }
  const places = volumePlaces(state.world, instance)
  if (there.length >= places) {
    throw new ApiError(
      'AttachmentLimitExceeded',
      `You may attach up to ${places} devices for this instance type. Please use a larger instance size to attach more volumes.`,
    )
  }
}

function deviceTaken(device: string): ApiError {
  return new ApiError(
    'InvalidParameterValue',
    `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
  )
}

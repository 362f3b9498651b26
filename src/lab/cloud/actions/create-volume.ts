import { ApiError, invalidValue, missingParameter } from '../protocol/api-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { findSnapshot } from '../find.ts'
import { tierOf } from '../snapshot-tier.ts'
import { changeVolume, noteTrouble } from '../state/cloud-state.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Initialization, Snapshot, Volume } from '../state/resources.ts'
import { readTagSpecifications } from '../tags.ts'
import { baselineIops, baselineThroughput, checkVolumeType } from '../volume-types.ts'
import { zonesOf } from '../zones.ts'
import type { Action, Call } from './action.ts'
import { usedBefore, useToken } from './client-token.ts'
import { volumeShape } from './volume-shape.ts'

/** Makes a volume, empty or from a snapshot. */
export const createVolume: Action = {
  name: 'CreateVolume',
  parameters: [
    'AvailabilityZone',
    'ClientToken',
    'Encrypted',
    'Iops',
    'MultiAttachEnabled',
    'Size',
    'SnapshotId',
    'TagSpecification',
    'Throughput',
    'VolumeInitializationRate',
    'VolumeType',
  ],
  resource: 'volume',
  prepare(call) {
    const { state } = call
    const repeated = repeatedVolume(call)
    if (repeated !== null) return () => volumeShape(repeated)
    const { volume, snapshot } = readVolume(call)
    return () => {
      state.volumes.set(volume.volumeId, volume)
      useToken(call, volume.volumeId)
      state.background.start(
        () => fill(call, volume, snapshot),
        (error) => {
          noteTrouble(state, volume.volumeId, error)
          changeVolume(state, volume.volumeId, { state: 'error' })
        },
      )
      return volumeShape(volume)
    }
  },
}

/**
 * The volume that an earlier request with the same ClientToken made, as it is now; null for a new token or none.
 * A volume that is gone, or that never came to be, can't be had again by its token.
 */
function repeatedVolume(call: Call): Volume | null {
  const volumeId = usedBefore(call)
  if (volumeId === null) return null
  const volume = call.state.volumes.get(volumeId)
  if (volume !== undefined && volume.state !== 'error') return volume
  throw new ApiError(
    'IdempotentParameterMismatch',
    'The client token you have provided is associated with a resource that is already deleted. ' +
      'Please use a different client token.',
  )
}

async function fill({ fault, state }: Call, volume: Volume, snapshot: Snapshot | null): Promise<void> {
  if (snapshot?.kms === 'denied') {
    await state.background.pause(state.delays.createMs)
    state.volumes.delete(volume.volumeId)
    return
  }
  if (snapshot?.kms === 'error' || fault?.kind === 'volume-error') {
    await state.background.pause(state.delays.createMs)
    changeVolume(state, volume.volumeId, { state: 'error' })
    return
  }
  const imagePath = state.disks.pathOf(volume.volumeId)
  await Promise.all([
    state.disks.make(imagePath, snapshot?.imagePath ?? null, volume.sizeGiB),
    state.background.pause(state.delays.createMs),
  ])
  changeVolume(state, volume.volumeId, { state: 'available', imagePath })
}

function readVolume({ parameters, state }: Call): { readonly volume: Volume; readonly snapshot: Snapshot | null } {
  const availabilityZone = parameters.text('AvailabilityZone') ?? ''
  if (availabilityZone === '') throw missingParameter('zone')
  if (!zonesOf(state.world).includes(availabilityZone)) {
    throw new ApiError('InvalidZone.NotFound', `The zone '${availabilityZone}' does not exist.`)
  }
  const tags = readTagSpecifications(parameters, 'volume')
  const snapshot = readSnapshot(parameters, state)
  refuseUncovered(parameters, snapshot)
  const sizeGiB = readSize(parameters, snapshot)
  const volumeType = parameters.text('VolumeType') ?? 'gp2'
  const iops = parameters.integer('Iops')
  const throughputMiBps = parameters.integer('Throughput')
  checkVolumeType(volumeType, sizeGiB, iops, throughputMiBps)
  const createdAt = state.now()
  const initialization = readInitialization(parameters, snapshot, sizeGiB, createdAt, state)
  const volume: Volume = {
    kind: 'volume',
    volumeId: `vol-${state.newId()}`,
    availabilityZone,
    sizeGiB,
    volumeType,
    iops: iops ?? baselineIops(volumeType, sizeGiB),
    throughputMiBps: throughputMiBps ?? baselineThroughput(volumeType),
    createdAt,
    snapshotId: snapshot?.snapshotId ?? null,
    tags,
    imagePath: null,
    encrypted: snapshot !== null && snapshot.kms !== null,
    state: 'creating',
    attachment: null,
    initialization,
  }
  return { volume, snapshot }
}

// A volume from an encrypted snapshot is encrypted, whether that was asked for or not.
function refuseUncovered(parameters: Parameters, snapshot: Snapshot | null): void {
  if (parameters.flag('MultiAttachEnabled')) throw uncovered('MultiAttachEnabled')
  if (parameters.flag('Encrypted') && (snapshot === null || snapshot.kms === null)) throw uncovered('Encrypted')
}

function uncovered(name: string): ApiError {
  return new ApiError('UnsupportedOperation', `${name} is not supported here.`)
}

function readSnapshot(parameters: Parameters, state: CloudState): Snapshot | null {
  const snapshotId = parameters.text('SnapshotId') ?? ''
  if (snapshotId === '') return null
  const snapshot = findSnapshot(state, snapshotId)
  if (snapshot.state !== 'completed') {
    throw new ApiError('IncorrectState', `Snapshot '${snapshotId}' is not 'completed'.`)
  }
  if (tierOf(snapshot, state.now()) === 'archive') {
    throw new ApiError('IncorrectState', `Snapshot '${snapshotId}' is archived and has to be restored first.`)
  }
  return snapshot
}

function readSize(parameters: Parameters, snapshot: Snapshot | null): number {
  const sizeGiB = parameters.integer('Size')
  if (snapshot === null) {
    if (sizeGiB === undefined) throw missingParameter('size/snapshot')
    return sizeGiB
  }
  if (sizeGiB !== undefined && sizeGiB < snapshot.sizeGiB) {
    const { snapshotId } = snapshot
    throw new ApiError(
      'InvalidParameterValue',
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${snapshotId}', expect size >= ${snapshot.sizeGiB}GB`,
    )
  }
  return sizeGiB ?? snapshot.sizeGiB
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html: only from a snapshot, 100 to 300 MiB/s.
function readInitialization(
  parameters: Parameters,
  snapshot: Snapshot | null,
  sizeGiB: number,
  startedAt: Date,
  state: CloudState,
): Initialization | null {
  const rateMiBps = parameters.integer('VolumeInitializationRate')
  if (snapshot === null) {
    if (rateMiBps === undefined) return null
    throw new ApiError(
      'InvalidParameterCombination',
      'The parameter volumeInitializationRate can only be used for a volume that is created from a snapshot.',
    )
  }
  if (rateMiBps !== undefined && (rateMiBps < 100 || rateMiBps > 300)) {
    throw invalidValue('volumeInitializationRate', String(rateMiBps), 'Expecting a value between 100 and 300.')
  }
  const speed = rateMiBps ?? state.delays.defaultInitializationMiBps
  const tookMs = speed === null ? 0 : ((sizeGiB * 1024) / speed) * 1000
  return { rateMiBps: rateMiBps ?? null, startedAt, endsAt: new Date(startedAt.getTime() + tookMs) }
}

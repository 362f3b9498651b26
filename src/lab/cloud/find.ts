import { ApiError, invalidValue } from './protocol/api-error.ts'
import type { CloudState } from './state/cloud-state.ts'
import type { Instance, SecurityGroup, Snapshot, Taggable, Volume } from './state/resources.ts'
import type { CloudWorld, WorldSubnet } from './world.ts'

const tail = /^(?:[0-9a-f]{8}|[0-9a-f]{17})$/

/** The volume of that id, or EC2's error for an id that is malformed or unknown. */
export function findVolume(state: CloudState, volumeId: string): Volume {
  if (!volumeId.startsWith('vol-')) throw invalidValue('volumeId', volumeId, `Expected: 'vol-...'.`)
  if (!tail.test(volumeId.slice(4))) throw malformed('InvalidVolumeID.Malformed', volumeId)
  const volume = state.volumes.get(volumeId)
  if (volume === undefined) {
    throw new ApiError('InvalidVolume.NotFound', `The volume '${volumeId}' does not exist.`)
  }
  return volume
}

export function findSnapshot(state: CloudState, snapshotId: string): Snapshot {
  if (!snapshotId.startsWith('snap-')) throw invalidValue('snapshotId', snapshotId, `Expected: 'snap-...'.`)
  if (!tail.test(snapshotId.slice(5))) throw malformed('InvalidSnapshotID.Malformed', snapshotId)
  const snapshot = state.snapshots.get(snapshotId)
  if (snapshot === undefined) {
    throw new ApiError('InvalidSnapshot.NotFound', `The snapshot '${snapshotId}' does not exist.`)
  }
  return snapshot
}

/** One of the account's own: others may share theirs, but nobody changes another's. */
export function findOwnSnapshot(state: CloudState, snapshotId: string): Snapshot {
  const snapshot = findSnapshot(state, snapshotId)
  if (snapshot.ownerId === state.world.accountId) return snapshot
  throw new ApiError('AuthFailure', 'Not authorized for snapshots of another account.', 403)
}

export function findInstance(state: CloudState, instanceId: string): Instance {
  if (!instanceId.startsWith('i-') || !tail.test(instanceId.slice(2))) {
    throw malformed('InvalidInstanceID.Malformed', instanceId)
  }
  const instance = state.instances.get(instanceId)
  if (instance === undefined) {
    throw new ApiError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`)
  }
  return instance
}

export function findSubnet({ subnets = [] }: CloudWorld, subnetId: string): WorldSubnet {
  const subnet = subnets.find((one) => one.subnetId === subnetId)
  if (subnet !== undefined) return subnet
  throw new ApiError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`)
}

export function findSecurityGroup(state: CloudState, groupId: string): SecurityGroup {
  if (!groupId.startsWith('sg-') || !tail.test(groupId.slice(3))) {
    throw malformed('InvalidGroupId.Malformed', groupId)
  }
  const group = state.securityGroups.get(groupId)
  if (group !== undefined) return group
  throw new ApiError('InvalidGroup.NotFound', `The security group '${groupId}' does not exist`)
}

/** Whatever the id's prefix says it is. */
export function findTaggable(state: CloudState, id: string): Taggable {
  if (id.startsWith('vol-')) return findVolume(state, id)
  if (id.startsWith('snap-')) return findSnapshot(state, id)
  if (id.startsWith('i-')) return findInstance(state, id)
  if (id.startsWith('sg-')) return findSecurityGroup(state, id)
  throw new ApiError('InvalidID', `The ID '${id}' is not valid`)
}

function malformed(code: string, id: string): ApiError {
  return new ApiError(code, `Invalid id: "${id}"`)
}

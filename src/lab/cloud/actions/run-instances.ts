import { freePrivateAddress } from '../addresses.ts'
import { checkCapacity } from '../capacity.ts'
import { readLaunch } from '../launch-request.ts'
import type { LaunchRequest } from '../launch-request.ts'
import { beginStart } from '../power.ts'
import { ApiError } from '../protocol/api-error.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Instance, Volume } from '../state/resources.ts'
import { baselineIops, baselineThroughput } from '../volume-types.ts'
import type { Action, Call } from './action.ts'
import { usedBefore, useToken } from './client-token.ts'
import { reservationShape } from './instance-shape.ts'

/** Launches an instance, on the next of the spare hosts if one is left. */
export const runInstances: Action = {
  name: 'RunInstances',
  parameters: [
    'ClientToken',
    'IamInstanceProfile',
    'ImageId',
    'InstanceType',
    'KeyName',
    'LaunchTemplate',
    'MaxCount',
    'MinCount',
    'NetworkInterface',
    'Placement',
    'SecurityGroupId',
    'SubnetId',
    'TagSpecification',
    'UserData',
  ],
  resource: 'instance',
  prepare(call) {
    const { parameters, state } = call
    const repeated = repeatedInstance(call)
    if (repeated !== null) return () => reservationShape(repeated, state)
    const request = readLaunch(parameters, state)
    return () => {
      checkCapacity(state.world, request.instanceType, request.subnet.availabilityZone)
      const root = newRoot(request, state)
      const instance = newInstance(request, root.volumeId, call)
      const { instanceId } = instance
      const attachedAt = instance.launchedAt
      state.volumes.set(root.volumeId, {
        ...root,
        attachment: { instanceId, device: '/dev/xvda', state: 'attached', attachedAt, deleteOnTermination: true },
      })
      state.instances.set(instanceId, instance)
      useToken(call, instanceId)
      const host = state.spares.shift()
      if (host !== undefined) state.hosts.set(instanceId, host)
      beginStart(state, instance)
      return reservationShape(instance, state)
    }
  },
}

/** The instance of an earlier request with the same ClientToken, as it is now; null for a new token or none. */
function repeatedInstance(call: Call): Instance | null {
  const instanceId = usedBefore(call)
  if (instanceId === null) return null
  const instance = call.state.instances.get(instanceId)
  if (instance !== undefined && instance.state !== 'terminated') return instance
  throw new ApiError(
    'IdempotentInstanceTerminated',
    'The request uses the same client token as a previous request for which the instance has been terminated.',
  )
}

function newInstance(request: LaunchRequest, rootVolumeId: string, { parameters, state }: Call): Instance {
  const { groupIds, imageId, instanceProfile, instanceType, keyName, subnet, tags, userData } = request
  return {
    kind: 'instance',
    instanceId: `i-${state.newId()}`,
    instanceType,
    availabilityZone: subnet.availabilityZone,
    launchedAt: state.now(),
    tags,
    rootVolumeId,
    state: 'pending',
    privateIpAddress: freePrivateAddress(subnet.cidrBlock, state.instances.values()),
    publicIpAddress: null,
    hasPublicAddress: subnet.publicAddresses ?? true,
    networkInterfaces: 1,
    consoleOutput: null,
    impaired: false,
    instanceProfile,
    groupIds,
    launch: {
      reservationId: `r-${state.newId()}`,
      clientToken: parameters.text('ClientToken') ?? '',
      imageId,
      keyName,
      subnet,
      userData,
    },
  }
}

/** The disk that the image would have: no host of the lab really has it. */
function newRoot({ subnet, volumeTags }: LaunchRequest, state: CloudState): Volume {
  return {
    kind: 'volume',
    volumeId: `vol-${state.newId()}`,
    availabilityZone: subnet.availabilityZone,
    sizeGiB: 8,
    volumeType: 'gp3',
    iops: baselineIops('gp3', 8),
    throughputMiBps: baselineThroughput('gp3'),
    createdAt: state.now(),
    snapshotId: null,
    tags: volumeTags,
    imagePath: null,
    encrypted: false,
    state: 'in-use',
    attachment: null,
    initialization: null,
  }
}

import { instanceTypes } from '../instance-types.ts'
import { instant, items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Instance, Volume } from '../state/resources.ts'
import { tagSet } from '../tags.ts'

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 }

export function stateShape(state: Instance['state']): XmlElements {
  return { code: stateCodes[state], name: state }
}

/** An instance in its reservation, as RunInstances answers and DescribeInstances lists them. */
export function reservationShape(instance: Instance, state: CloudState): XmlElements {
  return {
    reservationId: instance.launch?.reservationId ?? `r-${instance.instanceId.slice(2)}`,
    ownerId: state.world.accountId,
    groupSet: items([]),
    instancesSet: items([instanceShape(instance, state)]),
  }
}

function instanceShape(instance: Instance, state: CloudState): XmlElements {
  const { launch } = instance
  const type = instanceTypes.get(instance.instanceType)
  const volumes = volumesOf(instance, state)
  const profile = instance.instanceProfile
  return {
    instanceId: instance.instanceId,
    instanceState: stateShape(instance.state),
    instanceType: instance.instanceType,
    launchTime: instant(instance.launchedAt),
    placement: { availabilityZone: instance.availabilityZone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    privateIpAddress: instance.privateIpAddress ?? undefined,
    ipAddress: instance.publicIpAddress ?? undefined,
    imageId: launch?.imageId,
    keyName: launch?.keyName ?? undefined,
    iamInstanceProfile: profile === null ? undefined : { arn: profile },
    groupSet: items(groupsOf(instance, state)),
    clientToken: launch?.clientToken,
    subnetId: launch?.subnet.subnetId,
    vpcId: launch?.subnet.vpcId,
    networkInterfaceSet: items(Array.from({ length: instance.networkInterfaces }, (_, at) => interfaceShape(at))),
    architecture: type?.architecture ?? 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: volumes.find((volume) => volume.volumeId === instance.rootVolumeId)?.attachment?.device,
    blockDeviceMapping: items(volumes.map(mappingShape)),
    virtualizationType: 'hvm',
    // The API calls Nitro's hypervisor "xen" here too; DescribeInstanceTypes tells them apart.
    hypervisor: 'xen',
    tagSet: tagSet(instance.tags),
  }
}

const groupsOf = ({ groupIds }: Instance, state: CloudState): XmlElements[] =>
  groupIds.map((groupId) => ({ groupId, groupName: state.securityGroups.get(groupId)?.name }))

/** The volumes that an instance has, in whatever state their attachment is. */
export function volumesOf(instance: Instance, state: CloudState): readonly Volume[] {
  return [...state.volumes.values()].filter((volume) => volume.attachment?.instanceId === instance.instanceId)
}

function interfaceShape(at: number): XmlElements {
  return { status: 'in-use', attachment: { deviceIndex: at, status: 'attached' } }
}

function mappingShape({ attachment, volumeId }: Volume): XmlElements {
  if (attachment === null) return {}
  return {
    deviceName: attachment.device,
    ebs: {
      volumeId,
      status: attachment.state,
      attachTime: instant(attachment.attachedAt),
      deleteOnTermination: attachment.deleteOnTermination,
    },
  }
}

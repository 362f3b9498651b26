import { instanceTypes } from '../instance-types.ts'
import { instant, items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Instance, Volume } from '../state/resources.ts'
import { tagSet } from '../tags.ts'

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 }

/** An instance as DescribeInstances shows it, with the volumes it has now. */
export function instanceShape(instance: Instance, state: CloudState): XmlElements {
  const type = instanceTypes.get(instance.instanceType)
  const volumes = volumesOf(instance, state)
  return {
    instanceId: instance.instanceId,
    instanceState: { code: stateCodes[instance.state], name: instance.state },
    instanceType: instance.instanceType,
    launchTime: instant(instance.launchedAt),
    placement: { availabilityZone: instance.availabilityZone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    privateIpAddress: instance.privateIpAddress ?? undefined,
    ipAddress: instance.publicIpAddress ?? undefined,
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

/** The volumes that an instance has, in whatever state their attachment is. */
export function volumesOf(instance: Instance, state: CloudState): readonly Volume[] {
  return [...state.volumes.values()].filter((volume) => volume.attachment?.instanceId === instance.instanceId)
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

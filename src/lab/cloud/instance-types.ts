import type { Instance } from './state/resources.ts'
import type { CloudWorld } from './world.ts'

/** What an attach needs to know of an instance type. */
export interface InstanceType {
  readonly name: string
  readonly hypervisor: 'nitro' | 'xen'
  readonly nvme: 'required' | 'unsupported'
  /** With a shared limit network interfaces count too, and each instance has at least one. */
  readonly limit: 'shared' | 'dedicated'
  readonly maximumEbsAttachments: number
  readonly vcpus: number
  readonly memoryMiB: number
  readonly architecture: 'x86_64' | 'arm64'
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/volume_limits.html: up to the sixth generation Nitro
// shares 28 places; from the seventh on volumes have places of their own.
const known: readonly InstanceType[] = [
  nitro('t3.micro', 'shared', 28, 2, 1),
  nitro('t3.small', 'shared', 28, 2, 2),
  nitro('t3.medium', 'shared', 28, 2, 4),
  nitro('t3.large', 'shared', 28, 2, 8),
  nitro('t4g.small', 'shared', 28, 2, 2, 'arm64'),
  nitro('m5.large', 'shared', 28, 2, 8),
  nitro('m5.xlarge', 'shared', 28, 4, 16),
  nitro('m6i.large', 'shared', 28, 2, 8),
  nitro('r6i.large', 'shared', 28, 2, 16),
  nitro('m7i.large', 'dedicated', 32, 2, 8),
  nitro('r7i.large', 'dedicated', 32, 2, 16),
  nitro('m7g.large', 'dedicated', 32, 2, 8, 'arm64'),
  xen('t2.micro', 1, 1),
  xen('t2.medium', 2, 4),
  xen('m4.large', 2, 8),
]

export const instanceTypes: ReadonlyMap<string, InstanceType> = new Map(known.map((type) => [type.name, type]))

/** An instance type as the world has it, or undefined for one that the lab doesn't know. */
export function instanceType({ attachmentLimits }: CloudWorld, name: string): InstanceType | undefined {
  const type = instanceTypes.get(name)
  const limit = attachmentLimits?.[name]
  if (type === undefined || limit === undefined) return type
  return { ...type, limit: limit.attachmentLimitType, maximumEbsAttachments: limit.maximumEbsAttachments }
}

/** How many volumes an instance can have, the root volume among them. */
export function volumePlaces(world: CloudWorld, instance: Instance): number {
  const type = instanceType(world, instance.instanceType)
  if (type === undefined) return 28 - instance.networkInterfaces
  return type.limit === 'shared' && type.hypervisor === 'nitro'
    ? type.maximumEbsAttachments - instance.networkInterfaces
    : type.maximumEbsAttachments
}

function nitro(
  name: string,
  limit: 'shared' | 'dedicated',
  places: number,
  vcpus: number,
  memoryGiB: number,
  architecture: 'x86_64' | 'arm64' = 'x86_64',
): InstanceType {
  return {
    name,
    hypervisor: 'nitro',
    nvme: 'required',
    limit,
    maximumEbsAttachments: places,
    vcpus,
    memoryMiB: memoryGiB * 1024,
    architecture,
  }
}

function xen(name: string, vcpus: number, memoryGiB: number): InstanceType {
  return {
    name,
    hypervisor: 'xen',
    nvme: 'unsupported',
    limit: 'shared',
    maximumEbsAttachments: 39,
    vcpus,
    memoryMiB: memoryGiB * 1024,
    architecture: 'x86_64',
  }
}

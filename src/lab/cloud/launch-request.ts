// What RunInstances is asked for: its own parameters over those of a launch template.
import { instanceType } from './instance-types.ts'
import { findSecurityGroup, findSubnet } from './find.ts'
import { findVersion, readTemplate } from './launch-templates.ts'
import { ApiError, invalidValue, missingParameter } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import type { CloudState } from './state/cloud-state.ts'
import type { Tags } from './state/resources.ts'
import { addTags, readTagSpecifications } from './tags.ts'
import type { CloudWorld, WorldLaunchTemplateVersion, WorldSubnet } from './world.ts'
import { covers } from './zones.ts'

export interface LaunchRequest {
  readonly imageId: string
  readonly instanceType: string
  readonly keyName: string | null
  readonly subnet: WorldSubnet
  readonly tags: Tags
  readonly volumeTags: Tags
  readonly groupIds: readonly string[]
  readonly instanceProfile: string | null
  /** In base64, as it is sent. */
  readonly userData: string | null
}

/** Reads and checks it as EC2 does, up to what only the launch itself would find out. */
export function readLaunch(parameters: Parameters, state: CloudState): LaunchRequest {
  const { world } = state
  checkCount(parameters)
  const given = parameters.structure('LaunchTemplate')
  const template = given === undefined ? null : findVersion(readTemplate(world, given), given.text('Version')).version
  const imageId = parameters.text('ImageId') ?? template?.imageId
  if (imageId === undefined) throw missingParameter('ImageId')
  const type = parameters.text('InstanceType') ?? template?.instanceType ?? 'm1.small'
  if (instanceType(world, type) === undefined) {
    throw new ApiError('InvalidParameterValue', `Invalid value '${type}' for InstanceType.`)
  }
  const subnet = readSubnet(parameters, template, world)
  if (covers(world.notOffered, type, subnet.availabilityZone)) {
    throw new ApiError(
      'Unsupported',
      `Your requested instance type (${type}) is not supported in your requested Availability Zone ` +
        `(${subnet.availabilityZone}). Please retry your request by not specifying an Availability Zone.`,
    )
  }
  const templateTags = new Map(Object.entries(template?.instanceTags ?? {}))
  return {
    imageId,
    instanceType: type,
    keyName: parameters.text('KeyName') ?? template?.keyName ?? null,
    subnet,
    tags: addTags(templateTags, readTagSpecifications(parameters, 'instance', launched)),
    volumeTags: readTagSpecifications(parameters, 'volume', launched),
    groupIds: readGroups(parameters, template, subnet, state),
    instanceProfile: parameters.structure('IamInstanceProfile')?.text('Arn') ?? template?.instanceProfile ?? null,
    userData: parameters.text('UserData') ?? (template?.userData === undefined ? null : btoa(template.userData)),
  }
}

/** Its own groups, or the template's; where nobody names any, the default one of the VPC. */
function readGroups(
  parameters: Parameters,
  template: WorldLaunchTemplateVersion | null,
  { vpcId }: WorldSubnet,
  state: CloudState,
): readonly string[] {
  const [networkInterface] = parameters.structures('NetworkInterface')
  const own = [...parameters.texts('SecurityGroupId'), ...(networkInterface?.texts('SecurityGroupId') ?? [])]
  for (const groupId of own) {
    if (findSecurityGroup(state, groupId).vpcId === vpcId) continue
    throw new ApiError('InvalidParameter', `Security group ${groupId} and subnet belong to different networks.`)
  }
  if (own.length > 0) return own
  if (template?.securityGroupIds !== undefined) return template.securityGroupIds
  return [...state.securityGroups.values()]
    .filter((group) => group.vpcId === vpcId && group.name === 'default')
    .map((group) => group.groupId)
}

const launched = ['instance', 'volume', 'network-interface'] as const

function checkCount(parameters: Parameters): void {
  for (const name of ['MinCount', 'MaxCount']) {
    const count = parameters.integer(name)
    if (count === undefined) throw missingParameter(name)
    if (count < 1) throw invalidValue(name, String(count), 'Expecting a value greater than 0.')
    if (count > 1) throw new ApiError('UnsupportedOperation', 'More than one instance at once is not supported here.')
  }
}

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-templates.html: a template pins a subnet by a network
// interface, and beside one the request can't name a subnet but by a network interface, too.
function readSubnet(
  parameters: Parameters,
  template: WorldLaunchTemplateVersion | null,
  world: CloudWorld,
): WorldSubnet {
  const own = parameters.text('SubnetId')
  const [networkInterface] = parameters.structures('NetworkInterface')
  if (own !== undefined && (networkInterface !== undefined || template?.subnetId !== undefined)) {
    throw new ApiError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID may not be specified on the same request',
    )
  }
  const zone = parameters.structure('Placement')?.text('AvailabilityZone') ?? template?.availabilityZone
  const id = networkInterface?.text('SubnetId') ?? own ?? template?.subnetId
  const subnet = id === undefined ? defaultSubnet(world, zone) : findSubnet(world, id)
  if (zone !== undefined && subnet.availabilityZone !== zone) {
    throw invalidValue('availabilityZone', zone, `Subnet '${subnet.subnetId}' is in ${subnet.availabilityZone}.`)
  }
  return subnet
}

function defaultSubnet({ subnets = [] }: CloudWorld, zone: string | undefined): WorldSubnet {
  const subnet = subnets.find(({ availabilityZone }) => zone === undefined || availabilityZone === zone)
  if (subnet !== undefined) return subnet
  throw new ApiError('VPCIdNotSpecified', 'No default VPC for this user. GroupName is only supported for default VPC.')
}

// Launching an instance from a launch template: what the template holds, where else it could go, and the call itself.
import { gunzipSync } from 'node:zlib'
import type {
  DescribeInstanceTypeOfferingsCommandOutput,
  DescribeLaunchTemplateVersionsCommandOutput,
  DescribeSubnetsCommandOutput,
  RunInstancesCommandInput,
  RunInstancesCommandOutput,
} from '@aws-sdk/client-ec2'
import type { AwsCommand } from '../command.ts'
import { call, filters, tagList, type Tags } from './call.ts'

/** One version of a launch template, as far as a launch elsewhere has to know it. */
export interface LaunchTemplate {
  readonly templateId: string
  readonly name: string
  /** The number, whatever it was asked for by. */
  readonly version: string
  readonly imageId: string | null
  readonly instanceType: string | null
  readonly keyName: string | null
  readonly subnetId: string | null
  /** Whether it names its subnet in a network interface: then another one has to be named there too. */
  readonly byInterface: boolean
  readonly groups: readonly string[]
  readonly publicAddress: boolean | null
  /** What the instance runs at its first boot, as the instance sees it; empty where it runs nothing. */
  readonly userData: string
}

/** cloud-init takes gzip, too. */
const unpacked = (bytes: Buffer): string =>
  (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')

/** @param version a number, `$Default` or `$Latest` */
export const describeTemplate = (templateId: string, version: string): AwsCommand<LaunchTemplate | undefined> =>
  call(
    'DescribeLaunchTemplateVersions',
    { LaunchTemplateId: templateId, Versions: [version] },
    true,
    (output: DescribeLaunchTemplateVersionsCommandOutput) => {
      const found = output.LaunchTemplateVersions?.at(0)
      const data = found?.LaunchTemplateData
      if (found === undefined || data === undefined) return undefined
      const first = data.NetworkInterfaces?.at(0)
      return {
        templateId: found.LaunchTemplateId ?? templateId,
        name: found.LaunchTemplateName ?? '',
        version: String(found.VersionNumber ?? version),
        imageId: data.ImageId ?? null,
        instanceType: data.InstanceType ?? null,
        keyName: data.KeyName ?? null,
        subnetId: first?.SubnetId ?? null,
        byInterface: first !== undefined,
        groups: first?.Groups ?? [],
        publicAddress: first?.AssociatePublicIpAddress ?? null,
        userData: unpacked(Buffer.from(data.UserData ?? '', 'base64')),
      }
    },
  )

export interface Subnet {
  readonly subnetId: string
  readonly zone: string
  readonly vpcId: string
}

export const describeSubnets = (wanted: Readonly<Record<string, readonly string[]>>): AwsCommand<Subnet[]> =>
  call('DescribeSubnets', { Filters: filters(wanted) }, true, (output: DescribeSubnetsCommandOutput) =>
    (output.Subnets ?? []).map((subnet) => ({
      subnetId: subnet.SubnetId ?? '',
      zone: subnet.AvailabilityZone ?? '',
      vpcId: subnet.VpcId ?? '',
    })),
  )

/** Which of these instance types are offered in which zones. */
export const describeOfferings = (
  types: readonly string[],
): AwsCommand<{ readonly type: string; readonly zone: string }[]> =>
  call(
    'DescribeInstanceTypeOfferings',
    { LocationType: 'availability-zone', Filters: filters({ 'instance-type': types }), MaxResults: 1000 },
    true,
    (output: DescribeInstanceTypeOfferingsCommandOutput) =>
      (output.InstanceTypeOfferings ?? []).map((one) => ({ type: one.InstanceType ?? '', zone: one.Location ?? '' })),
  )

/** Where and as what an instance is launched. */
export interface Placement {
  readonly instanceType: string
  /** Null: as the template says. */
  readonly subnetId: string | null
  readonly zone: string | null
}

interface FromTemplate {
  readonly template: Pick<LaunchTemplate, 'templateId' | 'version' | 'byInterface' | 'groups' | 'publicAddress'>
  readonly placement: Placement
  /** Chosen and journaled before the call: the same token never launches a second instance. */
  readonly clientToken: string
  readonly tags: Tags
}

function where({ template, placement }: FromTemplate): Partial<RunInstancesCommandInput> {
  const { subnetId } = placement
  if (subnetId === null) return {}
  if (!template.byInterface) return { SubnetId: subnetId }
  const { groups, publicAddress } = template
  return {
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: subnetId,
        ...(groups.length === 0 ? {} : { Groups: [...groups] }),
        ...(publicAddress === null ? {} : { AssociatePublicIpAddress: publicAddress }),
      },
    ],
  }
}

/** @returns the new instance's id */
export const runInstance = (wanted: FromTemplate): AwsCommand<string> =>
  launching({
    LaunchTemplate: { LaunchTemplateId: wanted.template.templateId, Version: wanted.template.version },
    ...where(wanted),
    InstanceType: wanted.placement.instanceType,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: wanted.clientToken,
    TagSpecifications: [{ ResourceType: 'instance', Tags: tagList(wanted.tags) }],
  })

interface Bare {
  readonly imageId: string
  readonly keyName: string | null
  readonly groupId: string
  /** Null: as the subnet says. */
  readonly publicAddress: boolean | null
  readonly placement: Placement
  readonly clientToken: string
  readonly tags: Tags
}

/**
 * Launches an image with no template: what a template gives, an instance profile or user-data above all, a request can
 * replace and not take away (RunInstances, "LaunchTemplate"). Its disks carry the tags too.
 * @returns the new instance's id
 */
export function runBareInstance(wanted: Bare): AwsCommand<string> {
  const { groupId, keyName, placement, publicAddress } = wanted
  const subnet = placement.subnetId === null ? {} : { SubnetId: placement.subnetId }
  return launching({
    ImageId: wanted.imageId,
    ...(keyName === null ? {} : { KeyName: keyName }),
    ...(publicAddress === null
      ? { ...subnet, SecurityGroupIds: [groupId] }
      : {
          NetworkInterfaces: [
            { DeviceIndex: 0, ...subnet, Groups: [groupId], AssociatePublicIpAddress: publicAddress },
          ],
        }),
    InstanceType: placement.instanceType,
    MinCount: 1,
    MaxCount: 1,
    ClientToken: wanted.clientToken,
    TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({
      ResourceType,
      Tags: tagList(wanted.tags),
    })),
  })
}

/** The type of the SDK's own knows only the instance types of its day. */
const launching = (
  input: Omit<RunInstancesCommandInput, 'InstanceType'> & { readonly InstanceType: string },
): AwsCommand<string> =>
  call('RunInstances', input, false, (output: RunInstancesCommandOutput) => output.Instances?.at(0)?.InstanceId ?? '')

export const terminateInstance = (instanceId: string): AwsCommand<unknown> => ({
  ...call('TerminateInstances', { InstanceIds: [instanceId] }, false, (output) => output),
  destroys: [instanceId],
})

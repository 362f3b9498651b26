// Security groups as commands: one that lets ssh in from one network, and nothing out.
import type {
  CreateSecurityGroupCommandInput,
  CreateSecurityGroupCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  IpPermission,
} from '@aws-sdk/client-ec2'
import type { AwsCommand } from '../command.ts'
import { call, filters, tagList, tagsOf, type Tags } from './call.ts'

export interface SecurityGroup {
  readonly groupId: string
  readonly name: string
  readonly tags: Tags
  /** What gets in and out, each as `tcp 22-22 203.0.113.7/32`. */
  readonly ingress: readonly string[]
  readonly egress: readonly string[]
}

const ruleTexts = (permission: IpPermission): string[] => {
  const { IpProtocol = '', FromPort, ToPort } = permission
  const ports = FromPort === undefined ? 'all' : `${FromPort}-${ToPort ?? FromPort}`
  const peers = [
    ...(permission.IpRanges ?? []).map((each) => each.CidrIp),
    ...(permission.Ipv6Ranges ?? []).map((each) => each.CidrIpv6),
    ...(permission.PrefixListIds ?? []).map((each) => each.PrefixListId),
    ...(permission.UserIdGroupPairs ?? []).map((each) => each.GroupId),
  ]
  return peers.map((peer) => `${IpProtocol} ${ports} ${peer ?? 'anybody'}`)
}

export const describeSecurityGroups = (
  wanted: Readonly<Record<string, readonly string[]>>,
): AwsCommand<SecurityGroup[]> =>
  call(
    'DescribeSecurityGroups',
    { Filters: filters(wanted), MaxResults: 1000 },
    true,
    (output: DescribeSecurityGroupsCommandOutput) =>
      (output.SecurityGroups ?? []).map((group) => ({
        groupId: group.GroupId ?? '',
        name: group.GroupName ?? '',
        tags: tagsOf(group.Tags),
        ingress: (group.IpPermissions ?? []).flatMap(ruleTexts),
        egress: (group.IpPermissionsEgress ?? []).flatMap(ruleTexts),
      })),
  )

interface NewSecurityGroup {
  /** Unique in its VPC: asked for twice, AWS refuses the second (`InvalidGroup.Duplicate`). It has no token. */
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly tags: Tags
}

/** @returns the new group's id. It lets nothing in and everything out (CreateSecurityGroup). */
export const createSecurityGroup = (wanted: NewSecurityGroup): AwsCommand<string> => {
  const input: CreateSecurityGroupCommandInput = {
    GroupName: wanted.name,
    Description: wanted.description,
    VpcId: wanted.vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList(wanted.tags) }],
  }
  return call('CreateSecurityGroup', input, false, (output: CreateSecurityGroupCommandOutput) => output.GroupId ?? '')
}

/** What AWS lets out of a new group: IPv6 only where the VPC has it. */
export const everythingOut = {
  ipv4: { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
  ipv6: { IpProtocol: '-1', Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
} as const satisfies Record<string, IpPermission>

export const revokeEgress = (groupId: string, rule: IpPermission): AwsCommand<unknown> =>
  call('RevokeSecurityGroupEgress', { GroupId: groupId, IpPermissions: [rule] }, false, (output) => output)

/** Lets one TCP port in, from one network. */
export const authorizeIngress = (groupId: string, port: number, cidr: string): AwsCommand<unknown> => {
  const rule: IpPermission = { IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp: cidr }] }
  return call('AuthorizeSecurityGroupIngress', { GroupId: groupId, IpPermissions: [rule] }, false, (output) => output)
}

/** Refused with `DependencyViolation` while any instance that has not ended is in it. */
export const deleteSecurityGroup = (groupId: string): AwsCommand<unknown> =>
  call('DeleteSecurityGroup', { GroupId: groupId }, false, (output) => output)

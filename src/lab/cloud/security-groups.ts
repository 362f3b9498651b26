// Security groups as EC2 keeps them: rules by direction, one default group in each VPC.
import { ApiError, invalidValue } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'
import { items } from './protocol/xml.ts'
import type { XmlElements } from './protocol/xml.ts'
import type { CloudState } from './state/cloud-state.ts'
import type { GroupRule, SecurityGroup } from './state/resources.ts'
import type { CloudWorld } from './world.ts'

/** What a new group lets out: everything (https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html). */
export const everythingOut: GroupRule = { protocol: '-1', fromPort: null, toPort: null, cidr: '0.0.0.0/0' }

/** The default group of each VPC that the world's subnets are in. */
export const defaultGroups = ({ subnets = [] }: Pick<CloudWorld, 'subnets'>): SecurityGroup[] =>
  [...new Set(subnets.map((subnet) => subnet.vpcId))].map((vpcId) => ({
    kind: 'security-group',
    groupId: `sg-${vpcId.slice('vpc-'.length)}`,
    name: 'default',
    description: 'default VPC security group',
    vpcId,
    tags: new Map(),
    ingress: [],
    egress: [everythingOut],
  }))

/** The rules that a request names: one for each range of addresses in its `IpPermissions`. */
export function readRules(parameters: Parameters): readonly GroupRule[] {
  const rules = parameters.structures('IpPermissions').flatMap((permission) =>
    permission.structures('IpRanges').map((range) => ({
      protocol: permission.required('IpProtocol'),
      fromPort: permission.integer('FromPort') ?? null,
      toPort: permission.integer('ToPort') ?? null,
      cidr: readCidr(range.required('CidrIp')),
    })),
  )
  if (rules.length === 0) throw new ApiError('MissingParameter', 'Source group or CIDR range must be specified.')
  return rules
}

function readCidr(cidr: string): string {
  if (/^(?:\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(cidr)) return cidr
  throw invalidValue('cidrIp', cidr, 'This is not a valid CIDR block.')
}

export const sameRule = (a: GroupRule, b: GroupRule): boolean =>
  a.protocol === b.protocol && a.fromPort === b.fromPort && a.toPort === b.toPort && a.cidr === b.cidr

/** A direction's rules as `ipPermissions` shows them. */
export const rulesShape = (rules: readonly GroupRule[]): XmlElements =>
  items(
    rules.map(({ protocol, fromPort, toPort, cidr }) => ({
      ipProtocol: protocol,
      fromPort: fromPort ?? undefined,
      toPort: toPort ?? undefined,
      groups: items([]),
      ipRanges: items([{ cidrIp: cidr }]),
    })),
  )

export function changeGroup(state: CloudState, group: SecurityGroup): void {
  state.securityGroups.set(group.groupId, group)
}

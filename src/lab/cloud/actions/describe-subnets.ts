import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findSubnet } from '../find.ts'
import { pageOf } from '../pages.ts'
import { items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import { tagSet } from '../tags.ts'
import type { CloudWorld, WorldSubnet } from '../world.ts'
import type { Action } from './action.ts'

const filters: FilterTable<WorldSubnet> = {
  'availability-zone': (subnet) => [subnet.availabilityZone],
  'cidr-block': (subnet) => [subnet.cidrBlock],
  state: () => ['available'],
  'subnet-id': (subnet) => [subnet.subnetId],
  'vpc-id': (subnet) => [subnet.vpcId],
}

/** Lists subnets, each of which is in one zone. */
export const describeSubnets: Action = {
  name: 'DescribeSubnets',
  parameters: ['Filter', 'MaxResults', 'NextToken', 'SubnetId'],
  resource: null,
  prepare({ parameters, state: { world } }) {
    const ids = parameters.texts('SubnetId')
    const asked = ids.length === 0 ? (world.subnets ?? []) : ids.map((id) => findSubnet(world, id))
    const wanted = filterBy(readFilters(parameters), filters, tagsOf)
    const page = pageOf(asked.filter(wanted), (subnet) => subnet.subnetId, parameters, {
      action: 'DescribeSubnets',
      min: 5,
      max: 1000,
      ids: { parameter: 'SubnetId', called: 'subnetSet' },
    })
    return () => ({
      subnetSet: items(page.entries.map((subnet) => subnetShape(subnet, world))),
      nextToken: page.nextToken,
    })
  },
}

function tagsOf({ tags }: WorldSubnet): ReadonlyMap<string, string> {
  return new Map(Object.entries(tags ?? {}))
}

function subnetShape(subnet: WorldSubnet, { accountId, region }: CloudWorld): XmlElements {
  const bits = Number(subnet.cidrBlock.split('/')[1])
  return {
    subnetId: subnet.subnetId,
    subnetArn: `arn:aws:ec2:${region}:${accountId}:subnet/${subnet.subnetId}`,
    state: 'available',
    ownerId: accountId,
    vpcId: subnet.vpcId,
    cidrBlock: subnet.cidrBlock,
    // AWS keeps five addresses of each block to itself.
    availableIpAddressCount: 2 ** (32 - bits) - 5,
    availabilityZone: subnet.availabilityZone,
    defaultForAz: false,
    mapPublicIpOnLaunch: subnet.publicAddresses ?? true,
    tagSet: tagSet(tagsOf(subnet)),
  }
}

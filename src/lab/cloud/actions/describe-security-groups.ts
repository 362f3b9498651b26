import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findSecurityGroup } from '../find.ts'
import { pageOf } from '../pages.ts'
import { items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import { rulesShape } from '../security-groups.ts'
import type { SecurityGroup } from '../state/resources.ts'
import { tagSet } from '../tags.ts'
import type { Action } from './action.ts'

const filters: FilterTable<SecurityGroup> = {
  'group-id': (group) => [group.groupId],
  'group-name': (group) => [group.name],
  'vpc-id': (group) => [group.vpcId],
}

/** Lists security groups with their rules. */
export const describeSecurityGroups: Action = {
  name: 'DescribeSecurityGroups',
  parameters: ['Filter', 'GroupId', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state }) {
    const ids = parameters.texts('GroupId')
    const asked = ids.length === 0 ? [...state.securityGroups.values()] : ids.map((id) => findSecurityGroup(state, id))
    const wanted = filterBy(readFilters(parameters), filters, (group) => group.tags)
    const page = pageOf(asked.filter(wanted), (group) => group.groupId, parameters, {
      action: 'DescribeSecurityGroups',
      min: 5,
      max: 1000,
      ids: { parameter: 'GroupId', called: 'groupSet' },
    })
    return () => ({
      securityGroupInfo: items(page.entries.map((group) => groupShape(group, state.world.accountId))),
      nextToken: page.nextToken,
    })
  },
}

function groupShape(group: SecurityGroup, ownerId: string): XmlElements {
  return {
    ownerId,
    groupId: group.groupId,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: group.vpcId,
    ipPermissions: rulesShape(group.ingress),
    ipPermissionsEgress: rulesShape(group.egress),
    tagSet: tagSet(group.tags),
  }
}

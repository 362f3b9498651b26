import { ApiError } from '../protocol/api-error.ts'
import { changeGroup, everythingOut } from '../security-groups.ts'
import type { SecurityGroup } from '../state/resources.ts'
import { readTagSpecifications, tagSet } from '../tags.ts'
import type { Action } from './action.ts'

/** Makes a group in a VPC. It lets nothing in and everything out; its name is taken there from then on. */
export const createSecurityGroup: Action = {
  name: 'CreateSecurityGroup',
  parameters: ['GroupDescription', 'GroupName', 'TagSpecification', 'VpcId'],
  resource: 'security-group',
  prepare({ parameters, state }) {
    const name = parameters.required('GroupName')
    const description = parameters.required('GroupDescription')
    const vpcId = parameters.required('VpcId')
    const tags = readTagSpecifications(parameters, 'security-group')
    if (state.world.subnets?.some((subnet) => subnet.vpcId === vpcId) !== true)
      throw new ApiError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`)
    if ([...state.securityGroups.values()].some((group) => group.vpcId === vpcId && group.name === name))
      throw new ApiError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`)
    return () => {
      const groupId = `sg-${state.newId()}`
      const group: SecurityGroup = {
        kind: 'security-group',
        groupId,
        name,
        description,
        vpcId,
        tags,
        ingress: [],
        egress: [everythingOut],
      }
      changeGroup(state, group)
      return { return: true, groupId, tagSet: tagSet(tags) }
    }
  },
}

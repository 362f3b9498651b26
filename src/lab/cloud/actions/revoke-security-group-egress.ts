import { findSecurityGroup } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeGroup, readRules, sameRule } from '../security-groups.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

/** Takes away rules by which something gets out; in a VPC one that is not there is an error. */
export const revokeSecurityGroupEgress: Action = {
  name: 'RevokeSecurityGroupEgress',
  parameters: ['GroupId', 'IpPermissions'],
  resource: 'security-group',
  prepare({ parameters, state }) {
    const group = findSecurityGroup(state, parameters.required('GroupId'))
    const rules = readRules(parameters)
    if (rules.some((rule) => !group.egress.some((each) => sameRule(each, rule)))) {
      throw new ApiError('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.')
    }
    return () => {
      const left = group.egress.filter((each) => !rules.some((rule) => sameRule(rule, each)))
      changeGroup(state, { ...group, egress: left })
      return succeeded
    }
  },
}

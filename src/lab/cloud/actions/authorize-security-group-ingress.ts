import { findSecurityGroup } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { changeGroup, readRules, sameRule } from '../security-groups.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

/** Lets more in: all of the rules, or none where one of them is there already. */
export const authorizeSecurityGroupIngress: Action = {
  name: 'AuthorizeSecurityGroupIngress',
  parameters: ['GroupId', 'IpPermissions'],
  resource: 'security-group',
  prepare({ parameters, state }) {
    const group = findSecurityGroup(state, parameters.required('GroupId'))
    const rules = readRules(parameters)
    const again = rules.find((rule) => group.ingress.some((each) => sameRule(each, rule)))
    if (again !== undefined) {
      const said = `peer: ${again.cidr}, ${again.protocol}, from port: ${again.fromPort}, to port: ${again.toPort}, ALLOW`
      throw new ApiError('InvalidPermission.Duplicate', `the specified rule "${said}" already exists`)
    }
    return () => {
      changeGroup(state, { ...group, ingress: [...group.ingress, ...rules] })
      return succeeded
    }
  },
}

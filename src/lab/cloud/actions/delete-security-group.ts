import { findSecurityGroup } from '../find.ts'
import { ApiError } from '../protocol/api-error.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

/** Deletes a group that no instance has any more; one that is terminated has let go of it. */
export const deleteSecurityGroup: Action = {
  name: 'DeleteSecurityGroup',
  parameters: ['GroupId'],
  resource: 'security-group',
  prepare({ parameters, state }) {
    const { groupId, name } = findSecurityGroup(state, parameters.required('GroupId'))
    if (name === 'default') {
      throw new ApiError(
        'CannotDelete',
        `the specified group: "${groupId}" name: "default" cannot be deleted by a user`,
      )
    }
    const inUse = [...state.instances.values()].some(
      (instance) => instance.state !== 'terminated' && instance.groupIds.includes(groupId),
    )
    if (inUse) throw new ApiError('DependencyViolation', `resource ${groupId} has a dependent object`)
    return () => {
      state.securityGroups.delete(groupId)
      return { ...succeeded, groupId }
    }
  },
}

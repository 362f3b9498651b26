import { findTaggable } from '../find.ts'
import { missingParameter } from '../protocol/api-error.ts'
import { changeTags } from '../state/change-tags.ts'
import { addTags, readTags } from '../tags.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

/** Adds tags to several resources, or to none of them. */
export const createTags: Action = {
  name: 'CreateTags',
  parameters: ['ResourceId', 'Tag'],
  resource: '*',
  prepare({ parameters, state }) {
    const ids = parameters.texts('ResourceId')
    if (ids.length === 0) throw missingParameter('resourceIdSet')
    const tags = readTags(parameters)
    if (tags.size === 0) throw missingParameter('tagSet')
    const resources = ids.map((id) => findTaggable(state, id))
    const changes = resources.map((resource) => ({ resource, tags: addTags(resource.tags, tags) }))
    return () => {
      for (const change of changes) changeTags(state, change.resource, change.tags)
      return succeeded
    }
  },
}

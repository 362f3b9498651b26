import { findTaggable } from '../find.ts'
import { missingParameter } from '../protocol/api-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { changeTags } from '../state/change-tags.ts'
import type { Tags } from '../state/resources.ts'
import { checkNotReserved, isReserved } from '../tags.ts'
import { succeeded } from './action.ts'
import type { Action } from './action.ts'

interface Unwanted {
  readonly key: string
  /** Undefined: whatever its value. */
  readonly value: string | undefined
}

/** Removes tags from several resources: by key, by key and value, or all that are not AWS's own. */
export const deleteTags: Action = {
  name: 'DeleteTags',
  parameters: ['ResourceId', 'Tag'],
  resource: '*',
  prepare({ parameters, state }) {
    const ids = parameters.texts('ResourceId')
    if (ids.length === 0) throw missingParameter('resourceIdSet')
    const unwanted = parameters.structures('Tag').map(readUnwanted)
    const resources = ids.map((id) => findTaggable(state, id))
    return () => {
      for (const resource of resources) changeTags(state, resource, without(resource.tags, unwanted))
      return succeeded
    }
  },
}

function readUnwanted(tag: Parameters): Unwanted {
  const key = tag.required('Key')
  checkNotReserved(key)
  return { key, value: tag.text('Value') }
}

function without(tags: Tags, unwanted: readonly Unwanted[]): Tags {
  if (unwanted.length === 0) return new Map([...tags].filter(([key]) => isReserved(key)))
  const goes = (key: string, value: string): boolean =>
    unwanted.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value))
  return new Map([...tags].filter(([key, value]) => !goes(key, value)))
}

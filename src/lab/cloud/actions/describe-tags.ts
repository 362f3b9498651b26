import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { pageOf } from '../pages.ts'
import { items } from '../protocol/xml.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Taggable } from '../state/resources.ts'
import type { Action } from './action.ts'

interface TagEntry {
  readonly resourceId: string
  readonly resourceType: Taggable['kind']
  readonly key: string
  readonly value: string
}

const filters: FilterTable<TagEntry> = {
  key: (tag) => [tag.key],
  'resource-id': (tag) => [tag.resourceId],
  'resource-type': (tag) => [tag.resourceType],
  value: (tag) => [tag.value],
}

/** Lists tags, one entry for each tag of each resource. */
export const describeTags: Action = {
  name: 'DescribeTags',
  parameters: ['Filter', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state }) {
    const wanted = filterBy(readFilters(parameters), filters, (tag) => new Map([[tag.key, tag.value]]))
    const page = pageOf(allTags(state).filter(wanted), placeOf, parameters, {
      action: 'DescribeTags',
      min: 5,
      max: 1000,
      ids: null,
    })
    return () => ({ tagSet: items(page.entries.map((tag) => ({ ...tag }))), nextToken: page.nextToken })
  },
}

function placeOf(tag: TagEntry): string {
  return `${tag.resourceId}/${encodeURIComponent(tag.key)}`
}

function allTags(state: CloudState): readonly TagEntry[] {
  return [
    ...tagsOf(state.volumes.values(), (volume) => volume.volumeId),
    ...tagsOf(state.snapshots.values(), (snapshot) => snapshot.snapshotId),
    ...tagsOf(state.instances.values(), (instance) => instance.instanceId),
    ...tagsOf(state.securityGroups.values(), (group) => group.groupId),
  ]
}

function tagsOf<T extends Taggable>(resources: Iterable<T>, idOf: (resource: T) => string): readonly TagEntry[] {
  return [...resources].flatMap((resource) =>
    [...resource.tags].map(([key, value]) => ({
      resourceId: idOf(resource),
      resourceType: resource.kind,
      key,
      value,
    })),
  )
}

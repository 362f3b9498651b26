import type { CloudState } from './cloud-state.ts'
import type { Taggable, Tags } from './resources.ts'

/** Gives a resource other tags. */
export function changeTags(state: CloudState, resource: Taggable, tags: Tags): void {
  switch (resource.kind) {
    case 'volume':
      state.volumes.set(resource.volumeId, { ...resource, tags })
      break
    case 'snapshot':
      state.snapshots.set(resource.snapshotId, { ...resource, tags })
      break
    case 'instance':
      state.instances.set(resource.instanceId, { ...resource, tags })
      break
    case 'security-group':
      state.securityGroups.set(resource.groupId, { ...resource, tags })
      break
  }
}

import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findInstance } from '../find.ts'
import { pageOf } from '../pages.ts'
import { instant, items } from '../protocol/xml.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Instance } from '../state/resources.ts'
import type { Action } from './action.ts'
import { reservationShape, volumesOf } from './instance-shape.ts'

function filtersIn(state: CloudState): FilterTable<Instance> {
  return {
    'availability-zone': (instance) => [instance.availabilityZone],
    'block-device-mapping.device-name': (instance) =>
      volumesOf(instance, state).map((volume) => volume.attachment?.device ?? ''),
    'block-device-mapping.volume-id': (instance) => volumesOf(instance, state).map((volume) => volume.volumeId),
    'client-token': ({ launch }) => (launch === null ? [] : [launch.clientToken]),
    'instance.group-id': (instance) => instance.groupIds,
    'instance-id': (instance) => [instance.instanceId],
    'instance-state-name': (instance) => [instance.state],
    'instance-type': (instance) => [instance.instanceType],
    'ip-address': (instance) => (instance.publicIpAddress === null ? [] : [instance.publicIpAddress]),
    'launch-time': (instance) => [instant(instance.launchedAt)],
    'private-ip-address': (instance) => (instance.privateIpAddress === null ? [] : [instance.privateIpAddress]),
    'subnet-id': ({ launch }) => (launch === null ? [] : [launch.subnet.subnetId]),
  }
}

/** Lists instances, each in a reservation of its own. */
export const describeInstances: Action = {
  name: 'DescribeInstances',
  parameters: ['Filter', 'InstanceId', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state }) {
    const ids = parameters.texts('InstanceId')
    const asked = ids.length === 0 ? [...state.instances.values()] : ids.map((id) => findInstance(state, id))
    const wanted = filterBy(readFilters(parameters), filtersIn(state), (instance) => instance.tags)
    const page = pageOf(asked.filter(wanted), (instance) => instance.instanceId, parameters, {
      action: 'DescribeInstances',
      min: 5,
      max: 1000,
      ids: { parameter: 'InstanceId', called: 'instancesSet' },
    })
    const reservations = page.entries.map((instance) => reservationShape(instance, state))
    return () => ({ reservationSet: items(reservations), nextToken: page.nextToken })
  },
}

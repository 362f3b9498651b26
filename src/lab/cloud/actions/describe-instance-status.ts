import { filterBy, readFilters } from '../filters.ts'
import type { FilterTable } from '../filters.ts'
import { findInstance } from '../find.ts'
import { pageOf } from '../pages.ts'
import { items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { Instance } from '../state/resources.ts'
import type { Action } from './action.ts'
import { stateShape } from './instance-shape.ts'

const filters: FilterTable<Instance> = {
  'availability-zone': (instance) => [instance.availabilityZone],
  'instance-state-name': (instance) => [instance.state],
  'instance-status.status': (instance) => [instanceStatus(instance)],
  'system-status.status': (instance) => [systemStatus(instance)],
}

/** Tells of each running instance whether it answers; of the others only when asked for all. */
export const describeInstanceStatus: Action = {
  name: 'DescribeInstanceStatus',
  parameters: ['Filter', 'IncludeAllInstances', 'InstanceId', 'MaxResults', 'NextToken'],
  resource: null,
  prepare({ parameters, state }) {
    const ids = parameters.texts('InstanceId')
    const asked = ids.length === 0 ? [...state.instances.values()] : ids.map((id) => findInstance(state, id))
    const all = parameters.flag('IncludeAllInstances')
    const wanted = filterBy(readFilters(parameters), filters, () => new Map())
    const found = asked.filter((instance) => (all || instance.state === 'running') && wanted(instance))
    const page = pageOf(found, (instance) => instance.instanceId, parameters, {
      action: 'DescribeInstanceStatus',
      min: 5,
      max: 1000,
      ids: { parameter: 'InstanceId', called: 'instancesSet' },
    })
    return () => ({ instanceStatusSet: items(page.entries.map(statusShape)), nextToken: page.nextToken })
  },
}

type Status = 'ok' | 'impaired' | 'not-applicable'

function systemStatus({ state }: Instance): Status {
  return state === 'running' ? 'ok' : 'not-applicable'
}

function instanceStatus(instance: Instance): Status {
  return systemStatus(instance) === 'ok' && instance.impaired ? 'impaired' : systemStatus(instance)
}

function statusShape(instance: Instance): XmlElements {
  return {
    instanceId: instance.instanceId,
    availabilityZone: instance.availabilityZone,
    instanceState: stateShape(instance.state),
    systemStatus: summaryShape(systemStatus(instance)),
    instanceStatus: summaryShape(instanceStatus(instance)),
  }
}

function summaryShape(status: Status): XmlElements {
  if (status === 'not-applicable') return { status }
  return { status, details: items([{ name: 'reachability', status: status === 'ok' ? 'passed' : 'failed' }]) }
}

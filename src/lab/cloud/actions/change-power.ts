import { findInstance } from '../find.ts'
import { ApiError, missingParameter } from '../protocol/api-error.ts'
import { items } from '../protocol/xml.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Instance } from '../state/resources.ts'
import type { Call } from './action.ts'
import { stateShape } from './instance-shape.ts'

/** The instances that StartInstances and its like are for: at least one, or EC2's error for all of them. */
export function readInstances({ parameters, state }: Call): readonly Instance[] {
  const ids = parameters.texts('InstanceId')
  if (ids.length === 0) throw missingParameter('instancesSet')
  return ids.map((id) => findInstance(state, id))
}

/** Throws unless all of them are in one of the states. `done` is such as `started`. */
export function checkStates(instances: readonly Instance[], allowed: readonly Instance['state'][], done: string): void {
  const wrong = instances.find((instance) => !allowed.includes(instance.state))
  if (wrong === undefined) return
  throw new ApiError(
    'IncorrectInstanceState',
    `The instance '${wrong.instanceId}' is not in a state from which it can be ${done}.`,
  )
}

/** What the call answers: of each instance the state before and the one now. */
export function changesShape(before: readonly Instance[], state: CloudState): XmlElements {
  const changes = before.map(({ instanceId, state: previous }) => ({
    instanceId,
    previousState: stateShape(previous),
    currentState: stateShape(state.instances.get(instanceId)?.state ?? previous),
  }))
  return { instancesSet: items(changes) }
}

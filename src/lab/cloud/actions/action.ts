import type { Parameters } from '../protocol/parameters.ts'
import type { XmlElements } from '../protocol/xml.ts'
import type { CloudState } from '../state/cloud-state.ts'

/**
 * One API action. `prepare` makes all its checks and changes nothing; what it returns does the thing.
 * A DryRun stops between the two, so that it can't differ from the real call in what it refuses.
 */
export interface Action {
  readonly name: string
  /** The names of its parameters, besides those that all actions have. */
  readonly parameters: readonly string[]
  /** The kind of resource that its permission is about; null for actions that have none, as all Describe actions. */
  readonly resource: 'volume' | 'snapshot' | '*' | null
  readonly prepare: (call: Call) => () => XmlElements
}

export interface Call {
  readonly parameters: Parameters
  readonly state: CloudState
  readonly requestId: string
}

export const succeeded: XmlElements = { return: true }

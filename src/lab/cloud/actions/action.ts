import type { Fault } from '../fault-rules.ts'
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
  readonly resource: 'volume' | 'snapshot' | 'instance' | 'security-group' | '*' | null
  readonly prepare: (call: Call) => () => XmlElements | Promise<XmlElements>
}

export interface Call {
  readonly action: string
  readonly parameters: Parameters
  readonly state: CloudState
  readonly requestId: string
  /** What is to go wrong with what this call begins; null as a rule. */
  readonly fault: Fault | null
}

export const succeeded: XmlElements = { return: true }

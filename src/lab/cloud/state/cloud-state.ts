import type { LabHost } from '../../host/lab-host.ts'
import type { Background } from '../background.ts'
import type { Delays } from '../delays.ts'
import type { Disks } from '../disks.ts'
import type { CloudWorld } from '../world.ts'
import type { Instance, SecurityGroup, Snapshot, Volume } from './resources.ts'

/** A ClientToken that something was made with, kept also after that is gone. */
interface UsedToken {
  readonly resourceId: string
  /** The request's other parameters, to tell a repetition from another request. */
  readonly fingerprint: string
}

/** Something that went wrong behind the API, which AWS would show only as a state that doesn't end. */
export interface Trouble {
  readonly at: Date
  readonly resourceId: string
  readonly what: string
}

/** All that the actions read and change. Records are replaced, never changed in place. */
export interface CloudState {
  /** What it said of volumes, snapshots and instances is only where they began. */
  world: CloudWorld
  readonly volumes: Map<string, Volume>
  readonly snapshots: Map<string, Snapshot>
  readonly instances: Map<string, Instance>
  readonly securityGroups: Map<string, SecurityGroup>
  /** By action and token: two actions may be given the same one. */
  readonly tokens: Map<string, UsedToken>
  readonly troubles: Trouble[]
  readonly hosts: Map<string, LabHost>
  /** Machines that wait to become a launched instance's. */
  readonly spares: LabHost[]
  readonly disks: Disks
  readonly background: Background
  readonly delays: Delays
  readonly now: () => Date
  /** 17 hexadecimal digits, as the part after the dash of an AWS id. */
  readonly newId: () => string
}

/** Replaces parts of a volume, if it is still there. */
export function changeVolume(state: CloudState, volumeId: string, change: Partial<Volume>): void {
  const volume = state.volumes.get(volumeId)
  if (volume !== undefined) state.volumes.set(volumeId, { ...volume, ...change })
}

/** Replaces parts of a snapshot, if it is still there. */
export function changeSnapshot(state: CloudState, snapshotId: string, change: Partial<Snapshot>): void {
  const snapshot = state.snapshots.get(snapshotId)
  if (snapshot !== undefined) state.snapshots.set(snapshotId, { ...snapshot, ...change })
}

/** Replaces parts of an instance, if it is still there. */
export function changeInstance(state: CloudState, instanceId: string, change: Partial<Instance>): void {
  const instance = state.instances.get(instanceId)
  if (instance !== undefined) state.instances.set(instanceId, { ...instance, ...change })
}

export function noteTrouble(state: CloudState, resourceId: string, error: unknown): void {
  const what = error instanceof Error ? error.message : String(error)
  state.troubles.push({ at: state.now(), resourceId, what })
}

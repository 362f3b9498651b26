import type { LabHost } from '../../host/lab-host.ts'
import type { Background } from '../background.ts'
import type { Delays } from '../delays.ts'
import type { Disks } from '../disks.ts'
import type { CloudWorld } from '../world.ts'
import type { Instance, Snapshot, Volume } from './resources.ts'

/** A ClientToken that a volume was made with, kept also after the volume is gone. */
interface UsedToken {
  readonly volumeId: string
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
  readonly world: CloudWorld
  readonly volumes: Map<string, Volume>
  readonly snapshots: Map<string, Snapshot>
  readonly instances: Map<string, Instance>
  readonly tokens: Map<string, UsedToken>
  readonly troubles: Trouble[]
  readonly hosts: ReadonlyMap<string, LabHost>
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

export function noteTrouble(state: CloudState, resourceId: string, error: unknown): void {
  const what = error instanceof Error ? error.message : String(error)
  state.troubles.push({ at: state.now(), resourceId, what })
}

// What systemd knows of a unit beside its files.
import type { Alarm } from '../clock.ts'

type Active = 'active' | 'inactive' | 'activating' | 'deactivating' | 'failed'

export interface UnitState {
  readonly name: string
  active: Active
  sub: string
  result: string
  invocation: string
  restarts: number
  /** null: never looked at. */
  conditionMet: boolean | null
  mainPid: number
  exitCode: number
  /** Of the last change of its activity. */
  changedAt: Date | null
  activeAt: Date | null
  /** Since when it has not been at rest, or was last. */
  begunAt: Date | null
  statusText: string
  /** When it was started, in the clock that nobody sets: for the limit. */
  starts: number[]
  /** What ends the running program or script. */
  end: (() => void) | undefined
  /** When that has come to its end. */
  gone: Promise<void>
  alarm: Alarm | undefined
  /** A timer's next time, and the last. */
  nextAt: Date | null
  lastAt: Date | null
  /** Forgotten as soon as it is inactive or failed. */
  collect: boolean
}

export const freshState = (name: string): UnitState => ({
  name,
  active: 'inactive',
  sub: 'dead',
  result: 'success',
  invocation: '',
  restarts: 0,
  conditionMet: null,
  mainPid: 0,
  exitCode: 0,
  changedAt: null,
  activeAt: null,
  begunAt: null,
  statusText: '',
  starts: [],
  end: undefined,
  gone: Promise.resolve(),
  alarm: undefined,
  nextAt: null,
  lastAt: null,
  collect: false,
})

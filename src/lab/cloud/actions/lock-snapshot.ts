import { findOwnSnapshot } from '../find.ts'
import { ApiError, invalidValue, missingParameter } from '../protocol/api-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { changeSnapshot } from '../state/cloud-state.ts'
import type { SnapshotLock } from '../state/resources.ts'
import type { Action } from './action.ts'
import { lockShape } from './lock-shape.ts'

const dayMs = 86_400_000
const longestDays = 36_500

/** Keeps a snapshot from being deleted, in governance mode; of a locked one it changes the time. */
export const lockSnapshot: Action = {
  name: 'LockSnapshot',
  parameters: ['CoolOffPeriod', 'ExpirationDate', 'LockDuration', 'LockMode', 'SnapshotId'],
  resource: 'snapshot',
  prepare({ parameters, state }) {
    const snapshot = findOwnSnapshot(state, parameters.required('SnapshotId'))
    const mode = parameters.required('LockMode')
    if (mode === 'compliance') throw new ApiError('UnsupportedOperation', 'Compliance mode is not supported here.')
    if (mode !== 'governance') throw invalidValue('lockMode', mode, `Expecting 'governance' or 'compliance'.`)
    if (parameters.text('CoolOffPeriod') !== undefined) {
      throw new ApiError('InvalidParameterCombination', 'A cool-off period is only for the compliance mode.')
    }
    const createdAt = state.now()
    const lock: SnapshotLock = { createdAt, ...readTime(parameters, createdAt) }
    return () => {
      changeSnapshot(state, snapshot.snapshotId, { lock })
      return lockShape(snapshot.snapshotId, lock, createdAt)
    }
  },
}

function readTime(parameters: Parameters, from: Date): Pick<SnapshotLock, 'durationDays' | 'expiresAt'> {
  const days = parameters.integer('LockDuration')
  const date = parameters.text('ExpirationDate')
  if (days !== undefined && date !== undefined) {
    throw new ApiError('InvalidParameterCombination', 'Specify either the lock duration or the expiration date.')
  }
  if (days !== undefined) {
    if (days < 1 || days > longestDays) {
      throw invalidValue('lockDuration', String(days), `Expecting a value between 1 and ${longestDays}.`)
    }
    return { durationDays: days, expiresAt: new Date(from.getTime() + days * dayMs) }
  }
  if (date === undefined) throw missingParameter('lockDuration')
  const expiresAt = new Date(date)
  if (!(expiresAt > from)) throw invalidValue('expirationDate', date, 'Expecting a date in the future.')
  return { durationDays: Math.ceil((expiresAt.getTime() - from.getTime()) / dayMs), expiresAt }
}

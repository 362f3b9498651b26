import { ApiError, invalidValue } from '../protocol/api-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { CloudState } from '../state/cloud-state.ts'
import type { Volume } from '../state/resources.ts'
import type { Call } from './action.ts'

/**
 * The volume that an earlier request with the same ClientToken made, as it is now; null for a new token or none.
 * Throws IdempotentParameterMismatch when the other parameters differ or that volume is gone.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function repeatedVolume({ parameters, state }: Call): Volume | null {
  const token = readToken(parameters)
  const used = token === null ? undefined : state.tokens.get(token)
  if (used === undefined) return null
  if (used.fingerprint !== fingerprint(parameters)) {
    throw new ApiError(
      'IdempotentParameterMismatch',
      'Parameters on this idempotent request are inconsistent with parameters used in previous request(s)',
    )
  }
  const volume = state.volumes.get(used.volumeId)
  if (volume !== undefined) return volume
  throw new ApiError(
    'IdempotentParameterMismatch',
    'The client token you have provided is associated with a resource that is already deleted. ' +
      'Please use a different client token.',
  )
}

export function useToken(state: CloudState, parameters: Parameters, volumeId: string): void {
  const token = readToken(parameters)
  if (token !== null) state.tokens.set(token, { volumeId, fingerprint: fingerprint(parameters) })
}

function readToken(parameters: Parameters): string | null {
  const token = parameters.text('ClientToken') ?? ''
  if (token === '') return null
  if (!/^[\u0020-\u007e]{1,64}$/.test(token)) {
    throw invalidValue('clientToken', token, 'Expecting at most 64 ASCII characters.')
  }
  return token
}

function fingerprint(parameters: Parameters): string {
  const others = parameters.flat().filter(([name]) => name !== 'ClientToken' && name !== 'DryRun')
  return JSON.stringify(others.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

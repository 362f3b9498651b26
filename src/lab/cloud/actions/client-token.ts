import { ApiError, invalidValue } from '../protocol/api-error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { Call } from './action.ts'

/**
 * The id of what an earlier request of the action made with the same ClientToken; null for a new token or none.
 * Throws IdempotentParameterMismatch when the other parameters differ.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function usedBefore({ action, parameters, state }: Call): string | null {
  const token = readToken(parameters)
  const used = token === null ? undefined : state.tokens.get(`${action} ${token}`)
  if (used === undefined) return null
  if (used.fingerprint === fingerprint(parameters)) return used.resourceId
  throw new ApiError(
    'IdempotentParameterMismatch',
    'Parameters on this idempotent request are inconsistent with parameters used in previous request(s)',
  )
}

/** Remembers what a request's token, if it has one, stands for from now on. */
export function useToken({ action, parameters, state }: Call, resourceId: string): void {
  const token = readToken(parameters)
  if (token !== null) state.tokens.set(`${action} ${token}`, { resourceId, fingerprint: fingerprint(parameters) })
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

import { ApiError, invalidValue } from './protocol/api-error.ts'
import type { Parameters } from './protocol/parameters.ts'

export interface Page<T> {
  readonly entries: readonly T[]
  readonly nextToken: string | undefined
}

export interface PageRules {
  /** A token is good only for the action that gave it. */
  readonly action: string
  readonly min: number
  readonly max: number
  /** The list of ids that can't be asked for together with a page size, as EC2's message calls it. */
  readonly ids: { readonly parameter: string; readonly called: string } | null
}

/** The page that was asked for. The token names the last entry seen, so that new entries shift no page. */
export function pageOf<T>(
  all: readonly T[],
  idOf: (entry: T) => string,
  parameters: Parameters,
  rules: PageRules,
): Page<T> {
  const size = pageSize(parameters, rules)
  const token = parameters.text('NextToken')
  const start = token === undefined || token === '' ? 0 : placeAfter(all, idOf, token, rules.action)
  const entries = size === undefined ? all.slice(start) : all.slice(start, start + size)
  const last = entries.at(-1)
  const more = start + entries.length < all.length
  return { entries, nextToken: more && last !== undefined ? writeToken(rules.action, idOf(last)) : undefined }
}

function pageSize(parameters: Parameters, { min, max, ids }: PageRules): number | undefined {
  const size = parameters.integer('MaxResults')
  if (size === undefined) return undefined
  if (ids !== null && parameters.texts(ids.parameter).length > 0) {
    throw new ApiError(
      'InvalidParameterCombination',
      `The parameter ${ids.called} cannot be used with the parameter maxResults`,
    )
  }
  // EC2 says "greater than 5" and takes 5.
  if (size < min) throw invalidValue('maxResults', ` ${size} `, `Expecting a value greater than ${min}.`)
  return Math.min(size, max)
}

function placeAfter<T>(all: readonly T[], idOf: (entry: T) => string, token: string, action: string): number {
  const after = readToken(token)
  if (after === null || after.action !== action) {
    throw new ApiError('InvalidPaginationToken', 'The specified pagination token is not valid or is expired.')
  }
  const place = all.findIndex((entry) => idOf(entry) === after.id)
  if (place === -1) {
    throw new ApiError('InvalidPaginationToken', 'The specified pagination token is not valid or is expired.')
  }
  return place + 1
}

function writeToken(action: string, id: string): string {
  return Buffer.from(`${action} ${id}`).toString('base64url')
}

function readToken(token: string): { readonly action: string; readonly id: string } | null {
  const [action, id, ...rest] = Buffer.from(token, 'base64url').toString().split(' ')
  return action === undefined || id === undefined || rest.length > 0 ? null : { action, id }
}

import { ApiError, invalidValue, missingParameter } from './api-error.ts'

/** A parameter is a text, or a structure or list of further ones (`Filter.1.Value.2=x`). */
export type Parameter = string | ParameterTree
export interface ParameterTree extends Map<string, Parameter> {}

/**
 * Reads a query string or form body into a tree: a dot goes one level down, numbers are places in a list.
 * Throws MalformedQueryString where one name is both a text and a structure, or stands twice.
 */
export function parseParameters(form: string): ParameterTree {
  const root: ParameterTree = new Map()
  for (const [name, value] of new URLSearchParams(form)) put(root, name.split('.'), value, name)
  return root
}

function put(tree: ParameterTree, path: readonly string[], value: string, fullName: string): void {
  const [head = '', ...rest] = path
  const there = tree.get(head)
  if (rest.length === 0) {
    if (there !== undefined) throw malformed(fullName)
    tree.set(head, value)
    return
  }
  if (typeof there === 'string') throw malformed(fullName)
  const below = there ?? new Map<string, Parameter>()
  tree.set(head, below)
  put(below, rest, value, fullName)
}

function malformed(name: string): ApiError {
  return new ApiError('MalformedQueryString', `The parameter ${name} is given more than once`)
}

/** Typed reading of one level of a request's parameters. */
export class Parameters {
  readonly #tree: ParameterTree

  constructor(tree: ParameterTree) {
    this.#tree = tree
  }

  get names(): readonly string[] {
    return [...this.#tree.keys()]
  }

  text(name: string): string | undefined {
    const value = this.#tree.get(name)
    if (value !== undefined && typeof value !== 'string') {
      throw new ApiError('InvalidParameterValue', `The parameter ${name} has to be a text`)
    }
    return value
  }

  /** A text that must be there and not be empty. */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw missingParameter(lowerFirst(name))
    return value
  }

  integer(name: string): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    if (!/^-?\d{1,10}$/.test(value)) throw invalidValue(lowerFirst(name), value, 'Expecting an integer.')
    return Number(value)
  }

  flag(name: string): boolean {
    const value = this.text(name)
    if (value === undefined) return false
    if (value !== 'true' && value !== 'false') {
      throw invalidValue(lowerFirst(name), value, `Expecting 'true' or 'false'.`)
    }
    return value === 'true'
  }

  /** The texts of a list, in the order of their numbers. */
  texts(name: string): readonly string[] {
    return this.#list(name).filter((item) => typeof item === 'string')
  }

  /** One structure, such as `Placement.AvailabilityZone`. */
  structure(name: string): Parameters | undefined {
    const value = this.#tree.get(name)
    return value === undefined || typeof value === 'string' ? undefined : new Parameters(value)
  }

  /** The structures of a list, in the order of their numbers. */
  structures(name: string): readonly Parameters[] {
    return this.#list(name).flatMap((item) => (typeof item === 'string' ? [] : [new Parameters(item)]))
  }

  /** All below as pairs of full name and text. */
  flat(): readonly (readonly [name: string, value: string])[] {
    return flatten(this.#tree, '')
  }

  #list(name: string): readonly Parameter[] {
    const list = this.#tree.get(name)
    if (list === undefined || typeof list === 'string') return []
    return [...list].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item)
  }
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function flatten(tree: ParameterTree, prefix: string): readonly (readonly [name: string, value: string])[] {
  return [...tree].flatMap(([name, value]) =>
    typeof value === 'string' ? [[`${prefix}${name}`, value] as const] : flatten(value, `${prefix}${name}.`),
  )
}

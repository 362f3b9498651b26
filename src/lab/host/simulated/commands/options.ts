// The options of a command, as getopt_long(3) reads them.

export interface Options {
  has(...names: readonly string[]): boolean
  /** The last value given under one of these names. */
  value(...names: readonly string[]): string | undefined
  values(...names: readonly string[]): readonly string[]
  readonly rest: readonly string[]
  /** An option that isn't known here, as it was given. */
  readonly unknown: string | undefined
}

/**
 * @param known the names, with a `:` behind those that take a value: `n o: json output:`
 * @param inOrder what follows the first word that is no option is left alone, as by programs that run others
 */
export function readOptions(args: readonly string[], known: string, inOrder = false): Options {
  const takesValue = new Map(known.split(' ').map((name) => [name.replace(/[:?]+$/, ''), name.endsWith(':')]))
  const optional = new Set(known.split(' ').flatMap((name) => (name.endsWith('?') ? name.slice(0, -1) : [])))
  const given: { readonly name: string; readonly value: string }[] = []
  const rest: string[] = []
  let unknown: string | undefined
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') {
      rest.push(...queue)
      break
    }
    if (arg.startsWith('--')) {
      const [name = '', ...values] = arg.slice(2).split('=')
      const wants = takesValue.get(name)
      if (wants === undefined) unknown ??= arg
      else given.push({ name, value: values.length > 0 ? values.join('=') : wants ? (queue.shift() ?? '') : '' })
    } else if (arg.startsWith('-') && arg !== '-') {
      for (let at = 1; at < arg.length; at++) {
        const name = arg[at] ?? ''
        const wants = takesValue.get(name)
        if (wants === undefined) unknown ??= `-${name}`
        else if (wants || (optional.has(name) && at + 1 < arg.length)) {
          given.push({ name, value: at + 1 < arg.length ? arg.slice(at + 1) : (queue.shift() ?? '') })
          break
        } else given.push({ name, value: '' })
      }
    } else {
      rest.push(arg)
      if (inOrder) {
        rest.push(...queue)
        break
      }
    }
  }
  const values = (...names: readonly string[]): string[] =>
    given.filter(({ name }) => names.includes(name)).map(({ value }) => value)
  return {
    has: (...names) => values(...names).length > 0,
    value: (...names) => values(...names).at(-1),
    values,
    rest,
    unknown,
  }
}

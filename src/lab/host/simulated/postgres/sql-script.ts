// What psql(1) makes of a script before the server sees any of it: statements, its own commands, and the data of COPY.

/** A part of a script, with the line that it ends on, from 1. */
export type ScriptPart = { readonly line: number } & (
  | { readonly kind: 'sql'; readonly text: string }
  | { readonly kind: 'copy'; readonly text: string; readonly data: string }
  /** `\connect forum`, without the backslash. Behind a statement that was not ended: what it is done with. */
  | { readonly kind: 'meta'; readonly name: string; readonly args: readonly string[]; readonly of: string }
)

/** What one step of reading takes: a quoted text, a comment, a dollar-quoted text. */
const whole = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/y
/** `E'…'` in which a backslash escapes. */
const escaping = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y
const variable = /:(?:'(\w+)'|"(\w+)"|(\w+))/y
const meta = /\\([a-zA-Z!?]+)[ \t]*([^\n]*)/y
const word = /[A-Za-z_]\w*/y

const matched = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** As quote_literal and quote_ident of PostgreSQL. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`

const copies = /^\s*COPY\b[\s\S]*\bFROM\s+stdin\b/i

/**
 * Reads a script. Variables are put in where psql does: `:name`, `:'name'` as a literal, `:"name"` as an identifier; one
 * that isn't set stays as it stands.
 */
export function scriptParts(script: string, variables: ReadonlyMap<string, string>): ScriptPart[] {
  const parts: ScriptPart[] = []
  let begun = ''
  let at = 0
  const line = (): number => script.slice(0, at).split('\n').length
  const taken = (text: string, as = text): void => {
    begun += as
    at += text.length
  }
  while (at < script.length) {
    const quoted = matched(escaping, script, at) ?? matched(whole, script, at)
    const named = matched(word, script, at)
    const put = script[at - 1] === ':' ? null : matched(variable, script, at)
    const own = matched(meta, script, at)
    if (quoted !== null) taken(quoted[0], /^(--|\/\*)/.test(quoted[0]) ? ' ' : quoted[0])
    else if (named !== null) taken(named[0])
    else if (put !== null) {
      const [text, asLiteral, asIdentifier, bare] = put
      const value = variables.get(asLiteral ?? asIdentifier ?? bare ?? '')
      const quote = asLiteral === undefined ? (asIdentifier === undefined ? String : identifier) : literal
      taken(text, value === undefined ? text : quote(value))
    } else if (own !== null) {
      const [text, name = '', rest = ''] = own
      parts.push({ kind: 'meta', name, args: argumentsOf(rest), of: begun.trim(), line: line() })
      begun = ''
      at += text.length
    } else if (script[at] === ';') {
      at++
      const text = `${begun.trim()};`
      begun = ''
      if (copies.test(text)) {
        const ended = line()
        const from = script.indexOf('\n', at) + 1
        const end = /^\\\.$/m.exec(script.slice(from))
        const data = script.slice(from, end === null ? undefined : from + end.index)
        at = end === null ? script.length : from + end.index + 2
        parts.push({ kind: 'copy', text, data, line: ended })
      } else if (text !== ';') parts.push({ kind: 'sql', text, line: line() })
    } else taken(script[at] ?? '')
  }
  if (begun.trim() !== '') parts.push({ kind: 'sql', text: begun.trim(), line: line() })
  return parts
}

/** The words behind a command of psql's own: `'…'` and `"…"` are one, and have their quotes twice within. */
const argumentsOf = (text: string): string[] =>
  [...text.matchAll(/'((?:[^']|'')*)'|"((?:[^"]|"")*)"|\S+/g)].map(
    ([all, single, double]) => single?.replaceAll("''", "'") ?? double?.replaceAll('""', '"') ?? all,
  )

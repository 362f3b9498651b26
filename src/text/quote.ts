/** A piece of a shell line that is already shell syntax: an operator, a flag, a nested line. */
export interface Raw {
  readonly raw: string
}

type Piece = string | number | Raw | undefined | readonly (string | number)[]

export const raw = (text: string): Raw => ({ raw: text })

/** One word as a POSIX shell reads it back, whatever is in it. A NUL, which no argument can hold, is refused. */
export function word(text: string): string {
  if (text.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte')
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function words(piece: Piece): string {
  if (piece === undefined) return ''
  if (typeof piece === 'number') return String(piece)
  if (typeof piece === 'string') return word(piece)
  if ('raw' in piece) return piece.raw
  return piece.map((each) => word(String(each))).join(' ')
}

/**
 * A shell line: what stands in the template is syntax, what is put into it is quoted.
 * A list becomes several words, `undefined` becomes none. Every remote line is made here and nowhere else.
 */
export function sh(template: TemplateStringsArray, ...pieces: readonly Piece[]): string {
  let line = template[0] ?? ''
  pieces.forEach((piece, at) => {
    const text = words(piece)
    const after = template[at + 1] ?? ''
    // A piece that is no word takes its space with it.
    if (text === '' && line.endsWith(' ')) line = line.slice(0, -1)
    line += text + after
  })
  return line
}

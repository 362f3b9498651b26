type Token = { readonly kind: 'any' } | { readonly kind: 'one' } | { readonly kind: 'sign'; readonly sign: string }

/**
 * A test by a filter's value: `*` is any text, `?` any one character, a backslash takes the next one as it is.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
 */
export function wildcards(pattern: string): (text: string) => boolean {
  const tokens = readTokens(pattern)
  return (text) => matches(tokens, Array.from(text))
}

function readTokens(pattern: string): readonly Token[] {
  const signs = Array.from(pattern)
  const tokens: Token[] = []
  for (let at = 0; at < signs.length; at += 1) {
    const sign = signs[at] ?? ''
    const next = signs[at + 1]
    if (sign === '\\' && next !== undefined) {
      tokens.push({ kind: 'sign', sign: next })
      at += 1
    } else if (sign === '*') tokens.push({ kind: 'any' })
    else if (sign === '?') tokens.push({ kind: 'one' })
    else tokens.push({ kind: 'sign', sign })
  }
  return tokens
}

// Not by a regular expression: a value of many stars would keep that busy for ever. Here only the last star is tried again.
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0
  let place = 0
  let star: { readonly token: number; place: number } | null = null
  while (place < text.length) {
    const now = tokens[token]
    if (now?.kind === 'any') {
      star = { token, place }
      token += 1
    } else if (now?.kind === 'one' || (now?.kind === 'sign' && now.sign === text[place])) {
      token += 1
      place += 1
    } else if (star !== null) {
      star.place += 1
      place = star.place
      token = star.token + 1
    } else return false
  }
  return tokens.slice(token).every((rest) => rest.kind === 'any')
}

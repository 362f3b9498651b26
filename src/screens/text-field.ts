// A line that is typed: what each key makes of it.

const graphemes = new Intl.Segmenter()

/** The text after one more key; undefined where the key is none of a text's. */
export function typedInto(text: string, name: string): string | undefined {
  if (name === 'backspace' || name === 'delete') {
    const last = Array.from(graphemes.segment(text)).at(-1)
    return text.slice(0, last?.index ?? 0)
  }
  if (name === 'ctrl-u') return ''
  if (name === 'space') return `${text} `
  return Array.from(name).length === 1 ? `${text}${name}` : undefined
}

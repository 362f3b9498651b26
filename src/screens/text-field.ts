// A line that is typed: what each key makes of it.

/** The text after one more key; undefined where the key is none of a text's. */
export function typedInto(text: string, name: string): string | undefined {
  if (name === 'backspace' || name === 'delete') return text.slice(0, -1)
  if (name === 'ctrl-u') return ''
  if (name === 'space') return `${text} `
  return Array.from(name).length === 1 ? `${text}${name}` : undefined
}

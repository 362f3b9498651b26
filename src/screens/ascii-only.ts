// Where the locale is no UTF-8 one, other letters would come out as several, and move all that follows them.
import stringWidth from 'string-width'

const alike: Readonly<Record<string, string>> = {
  '…': '~',
  '×': 'x',
  '–': '-',
  '—': '-',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '→': '>',
  '←': '<',
  '✓': '+',
  '✗': 'x',
}

const graphemes = new Intl.Segmenter()

// oxlint-disable-next-line no-control-regex
const other = /[^\u0000-\u007f]+/g

/** The same text in ASCII, as wide as before: what has nothing like it becomes question marks. */
export const asciiOnly = (text: string): string =>
  text.replaceAll(other, (letters) =>
    Array.from(graphemes.segment(letters), ({ segment }) => alike[segment] ?? '?'.repeat(stringWidth(segment))).join(
      '',
    ),
  )

/** The same terminal, to which only ASCII is written. */
export const asciiStream = (stream: NodeJS.WriteStream): NodeJS.WriteStream =>
  new Proxy(stream, {
    get(target, name) {
      if (name === 'write')
        return (chunk: string | Uint8Array, ...rest: []) =>
          target.write(typeof chunk === 'string' ? asciiOnly(chunk) : chunk, ...rest)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

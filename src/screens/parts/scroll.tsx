import { Box, Text } from 'ink'
import wrapAnsi from 'wrap-ansi'
import { colours } from './look.tsx'
import { textRows } from './window.ts'

export interface Line {
  readonly text: string
  readonly tone?: 'strong' | 'dim' | keyof typeof colours
}

/**
 * Lines as wide as the screen, ten columns at least: words are kept together, what follows the first line of a text is
 * indented below it.
 */
export const wrapped = (lines: readonly Line[], columns: number): Line[] =>
  lines.flatMap(({ text, ...line }) => {
    // A text that is indented further than that would have no room left.
    const indent = (/^ */.exec(text)?.[0] ?? '').slice(0, Math.floor(columns / 2))
    return wrapAnsi(text.trim(), Math.max(1, columns - indent.length - 2), { hard: true })
      .split('\n')
      .map((part, at) => ({ ...line, text: `${indent}${at === 0 ? '' : '  '}${part}` }))
  })

export const lineProps = ({ tone }: Line) => ({
  bold: tone === 'strong',
  dimColor: tone === 'dim',
  ...(tone === undefined || tone === 'strong' || tone === 'dim' ? {} : { color: colours[tone] }),
})

interface Part {
  readonly lines: readonly Line[]
  readonly rows: number
}

const Shown = ({ lines }: Pick<Part, 'lines'>) =>
  lines.map((line, at) => (
    <Text key={at} wrap="truncate-end" {...lineProps(line)}>
      {` ${line.text}`}
    </Text>
  ))

/** The lines from `top` on that fit; one line less where it has to say that there are more. */
export function Scroll({ lines, top, rows }: Part & { readonly top: number }) {
  const shown = lines.slice(top, top + textRows(lines.length, rows))
  const left = lines.length - top - shown.length
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Shown lines={shown} />
      {shown.length < rows && lines.length > rows ? (
        <Text dimColor>{left === 0 ? ` the end of ${lines.length} lines` : ` ${left} more below`}</Text>
      ) : null}
    </Box>
  )
}

/** The last lines that fit, for what only grows and is not scrolled. */
export function Tail({ lines, rows }: Part) {
  if (rows < 1) return null
  const shown = lines.slice(-textRows(lines.length, rows))
  const above = lines.length - shown.length
  return (
    <Box flexDirection="column" flexShrink={0}>
      {above > 0 && shown.length < rows ? <Text dimColor>{` ${above} more above; l shows all`}</Text> : null}
      <Shown lines={shown} />
    </Box>
  )
}

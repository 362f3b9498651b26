import { Box, Text } from 'ink'
import wrapAnsi from 'wrap-ansi'
import { colours } from './look.tsx'

export interface Line {
  readonly text: string
  readonly tone?: 'strong' | 'dim' | keyof typeof colours
}

/** Lines as wide as the screen: words are kept together, what follows the first line of a text is indented below it. */
export const wrapped = (lines: readonly Line[], columns: number): Line[] =>
  lines.flatMap(({ text, ...line }) => {
    const indent = /^ */.exec(text)?.[0] ?? ''
    return wrapAnsi(text.trim(), Math.max(10, columns - indent.length - 2), { hard: true })
      .split('\n')
      .map((part, at) => ({ ...line, text: `${indent}${at === 0 ? '' : '  '}${part}` }))
  })

export const lineProps = ({ tone }: Line) => ({
  bold: tone === 'strong',
  dimColor: tone === 'dim',
  ...(tone === undefined || tone === 'strong' || tone === 'dim' ? {} : { color: colours[tone] }),
})

/** The lines from `top` on that fit; one line less where it has to say that there are more. */
export function Scroll({
  lines,
  top,
  rows,
}: {
  readonly lines: readonly Line[]
  readonly top: number
  readonly rows: number
}) {
  const fits = lines.length <= rows
  const shown = lines.slice(top, top + (fits ? rows : rows - 1))
  const left = lines.length - top - shown.length
  return (
    <Box flexDirection="column" height={Math.min(rows, lines.length)}>
      {shown.map((line, at) => (
        <Text key={top + at} wrap="truncate-end" {...lineProps(line)}>
          {` ${line.text}`}
        </Text>
      ))}
      {fits ? null : <Text dimColor>{left === 0 ? ` the end of ${lines.length} lines` : ` ${left} more below`}</Text>}
    </Box>
  )
}

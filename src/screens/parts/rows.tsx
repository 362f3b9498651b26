import { Box, Text } from 'ink'
import { rowText, type fitting } from '../table.ts'
import type { Row } from '../use-filtered.ts'
import { colours, useLook } from './look.tsx'

/** The rows of a list that are in sight, the marked one among them, and below them where in the list that is. */
export function Rows(props: {
  readonly rows: readonly Row[]
  readonly top: number
  readonly room: number
  readonly cursor: number
  readonly fit: ReturnType<typeof fitting>
  /** What can't be chosen is dim, and has a mark. */
  readonly isOff: (row: Row) => boolean
}) {
  const { rows, top, room, cursor, fit, isOff } = props
  const { glyphs } = useLook()
  return (
    <Box flexDirection="column">
      {rows.slice(top, top + room).map((row, at) => {
        const marked = top + at === cursor
        return (
          <Text
            key={top + at}
            wrap="truncate-end"
            bold={marked}
            dimColor={isOff(row)}
            {...(marked ? { color: colours.marked } : {})}
          >
            {` ${marked ? glyphs.marked : isOff(row) ? glyphs.failed : ' '} ${rowText(row.cells, fit)}`}
          </Text>
        )
      })}
      <Text dimColor>
        {rows.length > room ? `   ${top + 1} to ${Math.min(top + room, rows.length)} of ${rows.length}` : ' '}
      </Text>
    </Box>
  )
}

import { Box, Text } from 'ink'
import { useMemo } from 'react'
import type { KeyId, Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours } from './parts/look.tsx'
import { Rows } from './parts/rows.tsx'
import { fitting, rowText, type Table } from './table.ts'
import { filterText, useFiltered, whileTyping } from './use-filtered.ts'
import { useWaited, type Loaded } from './use-loaded.ts'
import { leaping } from './use-marked.ts'
import { useOffered, useWizard } from './wizard-context.ts'

/** Title, what it is about, the columns' titles, the place in the list, and two rows of detail. */
const otherRows = 6

/** A list to be looked through, over a question. */
export function Browse(props: {
  readonly title: string
  /** What it is about, in one line. */
  readonly about: string
  readonly table: Loaded<Table>
  /** What is waited for meanwhile. */
  readonly waitingFor: string
  /** What is said of a list without rows. */
  readonly empty: string
  /** What is said of a row. */
  readonly detail: (row: number) => string
  readonly offered: readonly Offered[]
  /** What the keys do with the marked row; undefined where there is none. */
  readonly keys: (row: () => number | undefined) => Partial<Readonly<Record<KeyId, () => void>>>
}) {
  const { title, about, table, waitingFor, empty, detail } = props
  const { say, uncover } = useWizard()
  const { columns, rows } = useBody()
  const room = Math.max(1, rows - otherRows)
  const there: Table = table.state === 'there' ? table.value : { columns: [], rows: [] }
  const fit = useMemo(() => fitting(there, columns - 1), [table, columns])
  const list = useFiltered(there, room, 0)
  const waited = useWaited()
  const offered: readonly Offered[] = [
    { id: 'up' },
    { id: 'down' },
    ...props.offered,
    { id: 'filter' },
    { id: 'back' },
    { id: 'help' },
    { id: 'log' },
    ...leaping,
  ]
  useOffered(
    offered,
    undefined,
    {
      ...list.keys,
      filter: list.begin,
      back: uncover,
      ...props.keys(() => {
        const at = list.markedNow()?.at
        if (at === undefined) say('there is nothing here')
        return at
      }),
    },
    list.type,
  )
  const all = list.matching()
  const marked = all[list.cursor]?.at
  const titles = rowText(
    there.columns.map((each) => each.title),
    fit,
  )
  const nothing = there.rows.length === 0 ? empty : 'nothing matches'
  return (
    <Frame offered={list.typing ? whileTyping : offered}>
      <Text bold wrap="truncate-end">{` ${title}`}</Text>
      <Text wrap="truncate-end">{` ${about}`}</Text>
      <Text dimColor wrap="truncate-end">
        {filterText(list, all.length, there.rows.length) ?? `   ${titles}`}
      </Text>
      {table.state === 'loading' ? <Text>{`   ${waitingFor}${waited}`}</Text> : null}
      {table.state === 'failed' ? <Text color={colours.bad}>{`   ${table.why}`}</Text> : null}
      {table.state === 'there' && all.length === 0 ? <Text>{`   ${nothing}`}</Text> : null}
      <Rows rows={all} top={list.top} room={room} cursor={list.cursor} fit={fit} isOff={() => false} />
      <Box paddingLeft={1} paddingRight={1}>
        <Text>{marked === undefined ? '' : detail(marked)}</Text>
      </Box>
    </Frame>
  )
}

import { Box, Text } from 'ink'
import { useMemo, useState, type ReactNode } from 'react'
import type { Back, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { Detail, withMarked } from './detail.tsx'
import { findingLines } from './findings.ts'
import type { KeyId, Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours } from './parts/look.tsx'
import { Rows } from './parts/rows.tsx'
import { Tail, wrapped } from './parts/scroll.tsx'
import { fitting, rowText } from './table.ts'
import { tableOf } from './tables.ts'
import { typedInto } from './text-field.ts'
import { filterText, useFiltered, whileTyping } from './use-filtered.ts'
import { useLive } from './use-live.ts'
import { leaping } from './use-marked.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

/** What is shown below the list, of the option that is marked, and the keys for it. */
export interface Beside {
  /** How many of the rows that are free it takes; the others are the list's. */
  readonly rows: (free: number) => number
  /** @param rows as many as it took */
  readonly draw: (marked: Option<unknown> | undefined, rows: number) => ReactNode
  readonly offered: (rows: number) => readonly Offered[]
  readonly keys: (marked: () => Option<unknown> | undefined) => Partial<Readonly<Record<KeyId, () => void>>>
}

const backTo = (question: Question): Back | undefined => {
  const to = question.earlier.at(-1)
  return to === undefined ? undefined : { kind: 'back', to }
}

export const backOffered = (question: Question): Offered =>
  question.earlier.length > 0
    ? { id: 'back' }
    : { id: 'back', disabled: 'there is no earlier question whose answer could still be changed' }

/** A list this short needs no filter: what it does not have is asked for sooner. */
const isShort = ({ options }: Question): boolean => options.length < 4

const otherOffered = (question: Question, here: boolean): readonly Offered[] =>
  here && question.readTyped !== undefined ? [{ id: 'other' }] : []

const offeredFor = (question: Question, beside: readonly Offered[]): readonly Offered[] => [
  { id: 'up' },
  { id: 'down' },
  { id: 'choose' },
  ...beside,
  ...otherOffered(question, isShort(question)),
  { id: 'filter' },
  backOffered(question),
  { id: 'why' },
  { id: 'help' },
  { id: 'leave' },
  { id: 'commands' },
  ...otherOffered(question, !isShort(question)),
  { id: 'log' },
  ...leaping,
]

/** While an answer is typed that the list does not have. */
const whileAnswering: readonly Offered[] = [{ id: 'typed' }, { id: 'untyped' }, { id: 'stop', word: 'leave' }]

const nothing = ({ step, readTyped }: Question): string =>
  readTyped === undefined
    ? 'there is nothing to choose from'
    : `there is nothing to choose from; o types ${step.typed?.what ?? 'an answer'}`

/** Rows that are neither options nor facts: the question, titles, the place in the list, and those of detail. */
const otherRows = (rows: number): number => (rows < 14 ? 6 : 8)

/** The same where something is beside the list: of detail, as many as a moment needs. */
const otherRowsBeside = (columns: number): number => (columns < 76 ? 6 : 5)

/** One of several options is to be chosen. */
export function Pick(props: {
  readonly question: Question
  readonly answer: (answer: Option<unknown> | Back) => void
  readonly beside?: Beside
}) {
  const { question, answer, beside } = props
  const { view, now, say, open } = useWizard()
  const { columns, rows } = useBody()
  /** An answer that the list does not have is being typed. */
  const other = useLive<string | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const step = stepOf(view, question.step.id)

  // Ten thousand rows are laid out once, not for every key.
  const minute = Math.floor(now.getTime() / 60_000)
  const table = useMemo(() => tableOf(question, now), [question, minute])
  const fit = useMemo(() => fitting(table, columns - 1), [table, columns])
  const facts = step === undefined ? [] : wrapped(findingLines(step), columns)
  const factRows = rows < 8 ? 0 : Math.min(facts.length, Math.max(2, Math.floor(rows / 4)))
  const free = rows - factRows - (beside === undefined ? otherRows(rows) : otherRowsBeside(columns))
  const besideRows = beside?.rows(free) ?? 0
  const room = Math.max(1, free - besideRows)
  const list = useFiltered(
    table,
    room,
    question.options.findIndex((option) => option === question.suggested),
  )
  const markedNow = (): Option<unknown> | undefined => question.options[list.markedNow()?.at ?? -1]

  function choose(): void {
    const marked = markedNow()
    if (marked === undefined)
      say(list.isFiltered() ? 'nothing matches; Esc shows all again' : 'there is nothing to choose')
    else if (marked.disabled === undefined) answer(marked)
    else say(`that one can't be chosen: ${oneLine(marked.disabled)}`)
  }
  async function read(text: string): Promise<void> {
    try {
      answer({ kind: 'option', value: await question.readTyped?.(text), label: text })
    } catch (error) {
      setRefused(error instanceof Error ? oneLine(error.message) : 'it can not be read')
    }
  }
  function type(name: string): boolean {
    const line = other.now()
    if (line === null) return list.type(name)
    const text = typedInto(line, name)
    if (text !== undefined) setRefused(null)
    other.set(name === 'esc' || name === 'enter' ? null : (text ?? line))
    if (name === 'enter') void read(line)
    return text !== undefined || name === 'esc' || name === 'enter'
  }
  const detailAt = (at: number): string => table.details?.[at] ?? oneLine(question.options[at]?.detail ?? '')
  const listed = Math.min(room, Math.max(1, list.matching().length))
  const detailRows = Math.max(1, rows - factRows - besideRows - (refused === null ? 3 : 4) - listed)
  const markedToldNow = () => ({ marked: markedNow(), detail: detailAt(list.markedNow()?.at ?? -1) })
  const offered = offeredFor(question, beside?.offered(besideRows) ?? [])
  const back = backTo(question)
  useOffered(
    offered,
    step,
    {
      ...list.keys,
      ...beside?.keys(markedNow),
      choose,
      filter: list.begin,
      why: () => open('why', withMarked(step, markedToldNow(), { columns, rows: detailRows }), offered),
      other: () => other.set(''),
      back: () => back !== undefined && answer(back),
    },
    type,
  )

  const all = list.matching()
  const markedAt = all[list.cursor]?.at ?? -1
  const marked = question.options[markedAt]
  const titles = rowText(
    table.columns.map((each) => each.title),
    fit,
  )
  return (
    <Frame offered={list.typing ? whileTyping : other.value === null ? offered : whileAnswering}>
      <Text bold wrap="truncate-end">{` ${question.step.question}`}</Text>
      <Tail lines={facts} rows={factRows} />
      <Text dimColor wrap="truncate-end">
        {filterText(list, all.length, question.options.length) ?? `   ${titles}`}
      </Text>
      {all.length > 0 ? null : (
        <Text>{`   ${question.options.length === 0 ? nothing(question) : 'nothing matches'}`}</Text>
      )}
      <Rows
        rows={all}
        top={list.top}
        room={room}
        cursor={list.cursor}
        fit={fit}
        isOff={({ at }) => question.options[at]?.disabled !== undefined}
      />
      <Box paddingLeft={1} paddingRight={1} flexDirection="column">
        {refused === null ? null : <Text color={colours.bad}>{refused}</Text>}
        {other.value === null ? (
          <Detail marked={marked} detail={detailAt(markedAt)} columns={columns} rows={detailRows} />
        ) : (
          <Text>{`${question.step.typed?.what ?? ''}: ${other.value}_`}</Text>
        )}
      </Box>
      {beside?.draw(marked, besideRows)}
    </Frame>
  )
}

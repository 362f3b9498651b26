import { Box, Text } from 'ink'
import { useState } from 'react'
import type { Back, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { findingLines } from './findings.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours, useLook } from './parts/look.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { fitting, rowText } from './table.ts'
import { tableOf } from './tables.ts'
import { typedInto } from './text-field.ts'
import { useLive } from './use-live.ts'
import { leaping, useMarked } from './use-marked.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

/** A line that is being typed: it narrows the list, or is an answer that the list does not have. */
interface Typing {
  readonly kind: 'filter' | 'other'
  readonly text: string
}

const backTo = (question: Question): Back | undefined => {
  const to = question.earlier.at(-1)
  return to === undefined ? undefined : { kind: 'back', to }
}

export const backOffered = (question: Question): Offered =>
  question.earlier.length > 0
    ? { id: 'back' }
    : { id: 'back', disabled: 'there is no earlier question whose answer could still be changed' }

const offeredFor = (question: Question): readonly Offered[] => [
  { id: 'up' },
  { id: 'down' },
  { id: 'choose' },
  { id: 'filter' },
  backOffered(question),
  { id: 'why' },
  { id: 'help' },
  { id: 'leave' },
  { id: 'commands' },
  ...(question.readTyped === undefined ? [] : [{ id: 'other' } as const]),
  { id: 'log' },
  ...leaping,
]

/** Rows that are neither options nor facts: the question, titles, the place in the list, and those of detail. */
const otherRows = (rows: number): number => (rows < 14 ? 6 : 8)

/** One of several options is to be chosen. */
export function Pick(props: {
  readonly question: Question
  readonly answer: (answer: Option<unknown> | Back) => void
}) {
  const { question, answer } = props
  const { view, now, say } = useWizard()
  const { columns, rows } = useBody()
  const typing = useLive<Typing | null>(null)
  const filter = useLive('')
  const [refused, setRefused] = useState<string | null>(null)
  const step = stepOf(view, question.step.id)

  const table = tableOf(question, now)
  const matching = () =>
    question.options
      .map((option, at) => ({ option, cells: table.rows[at] ?? [] }))
      .filter(({ cells }) => cells.join(' ').toLowerCase().includes(filter.now().toLowerCase()))
  const facts = step === undefined ? [] : wrapped(findingLines(step), columns)
  const factRows = Math.min(facts.length, Math.max(2, Math.floor(rows / 4)))
  const room = Math.max(1, rows - factRows - otherRows(rows))
  const suggested = question.options.findIndex((option) => option === question.suggested)
  const list = useMarked(() => matching().length, room, Math.max(0, suggested))

  function choose(): void {
    const marked = matching()[list.cursorNow()]?.option
    if (marked === undefined)
      say(filter.now() === '' ? 'there is nothing to choose' : 'nothing matches; Esc shows all again')
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
  /** Letters go where they are typed. */
  function type(name: string): boolean {
    const line = typing.now()
    if (line === null) {
      if (name !== 'esc' || filter.now() === '') return false
      filter.set('')
      return true
    }
    const text = typedInto(line.text, name)
    if (name === 'esc' || name === 'enter') typing.set(null)
    if (name === 'esc' && line.kind === 'filter') filter.set('')
    if (name === 'enter' && line.kind === 'other') void read(line.text)
    if (text !== undefined) {
      typing.set({ ...line, text })
      if (line.kind === 'filter') filter.set(text)
      setRefused(null)
    }
    return text !== undefined || name === 'esc' || name === 'enter'
  }
  const offered = offeredFor(question)
  const back = backTo(question)
  useOffered(
    offered,
    step,
    {
      ...list.keys,
      choose,
      filter: () => typing.set({ kind: 'filter', text: filter.now() }),
      other: () => typing.set({ kind: 'other', text: '' }),
      back: () => back !== undefined && answer(back),
    },
    type,
  )

  const all = matching()
  const fit = fitting({ ...table, rows: all.map(({ cells }) => cells) }, columns - 4)
  const marked = all[list.cursor]?.option
  return (
    <Frame offered={offered}>
      <Text bold wrap="truncate-end">{` ${question.step.question}`}</Text>
      <Scroll lines={facts} top={Math.max(0, facts.length - factRows)} rows={factRows} />
      <Text dimColor wrap="truncate-end">
        {typing.value?.kind === 'filter' || filter.value !== ''
          ? ` / ${filter.value}${typing.value === null ? '' : '_'}   ${all.length} of ${question.options.length}`
          : `   ${rowText(
              table.columns.map((each) => each.title),
              fit,
            )}`}
      </Text>
      {all.length > 0 ? null : (
        <Text>{question.options.length === 0 ? '   there is nothing to choose from' : '   nothing matches'}</Text>
      )}
      {all.slice(list.top, list.top + room).map(({ option, cells }, at) => (
        <Row
          key={list.top + at}
          text={rowText(cells, fit)}
          marked={list.top + at === list.cursor}
          off={option.disabled !== undefined}
        />
      ))}
      <Text dimColor>
        {all.length > room ? `   ${list.top + 1} to ${Math.min(list.top + room, all.length)} of ${all.length}` : ' '}
      </Text>
      <Box paddingLeft={1} paddingRight={1} flexDirection="column">
        {typing.value?.kind === 'other' ? (
          <Text>{`${question.step.typed?.what ?? ''}: ${typing.value.text}_`}</Text>
        ) : (
          <Text>{oneLine(marked?.detail ?? '')}</Text>
        )}
        {refused === null ? null : <Text color={colours.bad}>{refused}</Text>}
        {marked?.disabled === undefined ? null : (
          <Text color={colours.warn}>{`can't be chosen: ${oneLine(marked.disabled)}`}</Text>
        )}
      </Box>
    </Frame>
  )
}

function Row({ text, marked, off }: { readonly text: string; readonly marked: boolean; readonly off: boolean }) {
  const { glyphs } = useLook()
  return (
    <Text wrap="truncate-end" bold={marked} dimColor={off} {...(marked ? { color: colours.marked } : {})}>
      {` ${marked ? glyphs.marked : ' '} ${text}`}
    </Text>
  )
}

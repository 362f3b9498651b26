import { Text } from 'ink'
import type { Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { lines as displayLines, oneLine } from '../text/display.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

/** A text to be read first: the first option goes on from it, the second, where there is one, adds a hint to it. */
export function Brief(props: {
  readonly question: Question
  readonly brief: readonly string[]
  readonly answer: (answer: Option<unknown>) => void
}) {
  const { question, brief, answer } = props
  const { view, say } = useWizard()
  const { columns, rows } = useBody()
  const [begin, hint] = question.options
  const step = stepOf(view, question.step.id)
  const title = wrapped([{ text: oneLine(question.step.question) }], columns)
  const lines = brief.flatMap((paragraph, at) => [
    ...(at === 0 ? [] : [{ text: '' }]),
    ...wrapped(
      displayLines(paragraph).map((text) => ({ text })),
      columns,
    ),
  ])
  const gap = rows < 10 ? null : <Text> </Text>
  const room = Math.max(2, rows - title.length - (gap === null ? 0 : 1))
  // What has just been added is at the end.
  const { top, keys } = useScroll(lines.length, room, question.startAtEnd === true ? lines.length : 0)
  const offered: readonly Offered[] = [
    { id: 'choose', word: begin?.label ?? 'go on' },
    hint === undefined ? { id: 'hint', disabled: 'there is no further hint' } : { id: 'hint', word: hint.label },
    ...(lines.length > room ? scrolling : []),
    { id: 'why' },
    { id: 'help' },
    { id: 'leave' },
    { id: 'log' },
  ]
  useOffered(offered, step, {
    ...keys,
    choose: () => (begin === undefined ? say('there is nothing to choose') : answer(begin)),
    hint: () => hint !== undefined && answer(hint),
  })
  return (
    <Frame offered={offered}>
      {title.map(({ text }, at) => (
        <Text key={at} bold>{` ${text}`}</Text>
      ))}
      {gap}
      <Scroll lines={lines} top={top} rows={room} />
    </Frame>
  )
}

import { Text } from 'ink'
import type { Back, Page as Read, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { pageLines } from '../text/page.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours, useLook } from './parts/look.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { useLive } from './use-live.ts'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'

const marking: readonly Offered[] = [{ id: 'up' }, { id: 'down' }]

/** Where the arrows mark an answer, the page's text has its other keys. */
const leafing = scrolling.filter(({ id }) => id === 'pageDown' || id === 'pageUp')

/** A page to read, and below it what can be chosen. */
export function Page(props: {
  readonly question: Question
  readonly page: Read
  readonly answer: (answer: Option<unknown> | Back) => void
}) {
  const { question, page, answer } = props
  const { say } = useWizard()
  const { glyphs } = useLook()
  const { columns, rows } = useBody()
  const { options, suggested, earlier } = question
  const mark = useLive(
    Math.max(
      0,
      options.findIndex((each) => each === suggested),
    ),
  )
  const isOne = options.length < 2
  const [only] = options
  const gap = rows < 12 ? 0 : 1
  // A small terminal keeps its rows for the text: what Enter does stands in the footer.
  const listed = isOne && gap === 0 ? [] : options
  const choices = listed.flatMap((option, at) =>
    wrapped([{ text: oneLine(option.label) }], columns - 2).map((line, row) => ({
      at,
      text: `${row > 0 || at !== mark.value ? ' ' : glyphs.marked} ${line.text}`,
    })),
  )
  const lines = pageLines(page.text, columns).map((line) => ({ text: line }))
  const room = Math.max(2, rows - 1 - 2 * gap - choices.length)
  const { top, keys } = useScroll(lines.length, room, page.startAtEnd === true ? lines.length : 0)
  const isLong = lines.length > room
  const offered: readonly Offered[] = [
    ...(isOne ? (isLong ? scrolling : []) : [...marking, ...(isLong ? leafing : [])]),
    { id: 'choose', ...(isOne && only !== undefined ? { word: oneLine(only.label) } : {}) },
    ...(earlier.length === 0 ? [] : [{ id: 'back', help: 'to the page before' } as const]),
    { id: 'help' },
    { id: 'leave', help: page.leaving },
  ]
  const by = (more: number) => (): void => mark.set(Math.min(options.length - 1, Math.max(0, mark.now() + more)))
  useOffered(offered, undefined, {
    ...keys,
    ...(isOne ? {} : { up: by(-1), down: by(1) }),
    choose: () => {
      const chosen = options[mark.now()]
      if (chosen === undefined) say('there is nothing to choose')
      else answer(chosen)
    },
    back: () => {
      const to = earlier.at(-1)
      if (to !== undefined) answer({ kind: 'back', to })
    },
  })
  const space = gap === 0 ? null : <Text> </Text>
  return (
    <Frame offered={offered} stages={page.trail}>
      <Text bold wrap="truncate-end">{` ${oneLine(question.step.question)}`}</Text>
      {space}
      <Scroll lines={lines} top={top} rows={room} />
      {space}
      {choices.map((each, at) => (
        <Text
          key={at}
          wrap="truncate-end"
          bold={each.at === mark.value}
          {...(each.at === mark.value ? { color: colours.marked } : {})}
        >
          {` ${each.text}`}
        </Text>
      ))}
    </Frame>
  )
}

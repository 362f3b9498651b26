import { Text } from 'ink'
import { useState } from 'react'
import type { Back, Question } from '../run/asking.ts'
import { oneLine } from '../text/display.ts'
import { planLines } from './findings.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours } from './parts/look.tsx'
import { Scroll, wrapped, type Line } from './parts/scroll.tsx'
import { typedInto } from './text-field.ts'
import { useLive } from './use-live.ts'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

/** What goes is listed; it goes when its name has been typed, letter for letter. */
function TypeName(props: {
  readonly title: string
  readonly lines: readonly Line[]
  readonly word: string
  readonly back: Back | undefined
  readonly typed: () => void
  readonly goBack: (back: Back) => void
}) {
  const { word, back } = props
  const { view } = useWizard()
  const { columns, rows } = useBody()
  const lines = wrapped(props.lines, columns)
  const room = rows - 5
  const { top, keys } = useScroll(lines.length, room)
  const text = useLive('')
  const [wrong, setWrong] = useState<string | null>(null)
  // Letters are the name's: only keys that no name has do something else.
  const offered: readonly Offered[] = [
    ...(lines.length > room ? scrolling : []),
    back === undefined ? { id: 'back', disabled: 'there is nothing to go back to' } : { id: 'back' },
    { id: 'stop', word: 'leave' },
  ]
  function type(name: string): boolean {
    if (name === 'enter') {
      if (text.now() === word) props.typed()
      else setWrong(`"${text.now()}" is not ${word}: nothing was done`)
      return true
    }
    const next = typedInto(text.now(), name)
    if (next === undefined) return false
    text.set(next)
    setWrong(null)
    return true
  }
  useOffered(offered, stepOf(view, view.now), { ...keys, back: () => back !== undefined && props.goBack(back) }, type)
  return (
    <Frame offered={offered}>
      <Text bold color={colours.bad} wrap="truncate-end">{` ${props.title}`}</Text>
      <Text> </Text>
      <Scroll lines={lines} top={top} rows={room} />
      <Text> </Text>
      <Text wrap="truncate-end">
        {` Type ${word} and ⏎ to do it: `}
        <Text bold>{text.value}</Text>
        {'_'}
      </Text>
      <Text color={colours.warn}>{wrong === null ? ' ' : ` ${oneLine(wrong)}`}</Text>
    </Frame>
  )
}

/** The question before data is destroyed. */
export function Destroy(props: {
  readonly question: Question
  readonly word: string
  readonly confirmed: () => void
  readonly goBack: (back: Back) => void
}) {
  const { view } = useWizard()
  const { step, earlier } = props.question
  const its = stepOf(view, step.id)
  const to = earlier.at(-1)
  return (
    <TypeName
      title={step.question}
      lines={its === undefined ? [] : planLines(its)}
      word={props.word}
      back={to === undefined ? undefined : { kind: 'back', to }}
      typed={props.confirmed}
      goBack={props.goBack}
    />
  )
}

/** The same where no question of the route asks: before a run is taken back. */
export function Confirm(props: { readonly what: string; readonly word: string; readonly confirmed: () => void }) {
  const { view } = useWizard()
  const review = view.steps.find((step) => step.id === 'review')
  return (
    <TypeName
      title={props.what}
      lines={review === undefined ? [] : planLines(review)}
      word={props.word}
      back={undefined}
      typed={props.confirmed}
      goBack={() => {}}
    />
  )
}

import { Text } from 'ink'
import { useState } from 'react'
import stringWidth from 'string-width'
import type { Back, Question } from '../run/asking.ts'
import { oneLine } from '../text/display.ts'
import { tookBefore } from './estimates.ts'
import { planLines } from './findings.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours, useKeyName } from './parts/look.tsx'
import { Scroll, wrapped, type Line } from './parts/scroll.tsx'
import { typedInto } from './text-field.ts'
import { useLive } from './use-live.ts'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf, type StepView } from './view.ts'

/** One row: what is to be typed, or why what was typed is not it. */
const Asked = ({ prompt, refusal }: { readonly prompt: string; readonly refusal: string }) => (
  <Text wrap="truncate-end" {...(refusal === '' ? {} : { color: colours.warn })}>
    {` ${refusal === '' ? prompt : refusal}`}
  </Text>
)

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
  const keyName = useKeyName()
  const text = useLive('')
  const [wrong, setWrong] = useState<string | null>(null)
  const prompt = `Type ${oneLine(word)} and ${keyName('choose')} to do it:`
  // A long name is among the lines, and typed into a line of its own.
  const apart = stringWidth(prompt) + stringWidth(word) + 4 > columns
  const refusal = wrong === null ? '' : apart ? 'that is not the name: nothing was done' : oneLine(wrong)
  const below = apart ? 1 : wrapped([{ text: refusal }], columns).length
  const gap = rows < 10 ? null : <Text> </Text>
  const lines = wrapped([...(apart ? [{ text: `the name: ${oneLine(word)}` }] : []), ...props.lines], columns)
  const room = Math.max(1, rows - (gap === null ? 2 : 3) - below)
  const { top, keys } = useScroll(lines.length, room)
  // Letters are the name's: only keys that no name has do something else.
  const offered: readonly Offered[] = [
    back === undefined ? { id: 'back', disabled: 'there is nothing to go back to' } : { id: 'back' },
    { id: 'stop', word: 'leave' },
    ...(lines.length > room ? scrolling : []),
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
      <Scroll lines={lines} top={top} rows={room} />
      {gap}
      {apart ? <Asked refusal={refusal} prompt={`Type the name and ${keyName('choose')} to do it:`} /> : null}
      <Text wrap="truncate-start">
        {apart ? ' ' : ` ${prompt} `}
        <Text bold>{oneLine(`${text.value}_`)}</Text>
      </Text>
      {apart
        ? null
        : wrapped([{ text: refusal }], columns).map((each, at) => (
            <Text key={at} color={colours.warn}>
              {` ${each.text}`}
            </Text>
          ))}
    </Frame>
  )
}

/** What is asked, and all that is known of it: nobody can press a key for the rest where letters are a name's. */
const said = (asked: string, step: StepView | undefined, told?: (line: string) => string): Line[] => [
  { text: asked, tone: 'strong' },
  { text: '' },
  ...(step === undefined ? [] : planLines(step, 'shown', told)),
]

/** The question before data is destroyed. */
export function Destroy(props: {
  readonly question: Question
  readonly word: string
  readonly confirmed: () => void
  readonly goBack: (back: Back) => void
}) {
  const { view, usualMs } = useWizard()
  const { step, earlier } = props.question
  const its = stepOf(view, step.id)
  const to = earlier.at(-1)
  return (
    <TypeName
      title="This destroys data"
      lines={said(step.question, its, tookBefore(view.steps, usualMs))}
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
      title="This takes back what the run has made"
      lines={said(oneLine(props.what), review)}
      word={props.word}
      back={undefined}
      typed={props.confirmed}
      goBack={() => {}}
    />
  )
}

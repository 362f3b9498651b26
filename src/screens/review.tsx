import { Text } from 'ink'
import type { Back, Question } from '../run/asking.ts'
import type { Option } from '../steps/step.ts'
import { tookBefore } from './estimates.ts'
import { planLines } from './findings.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { useKeyName } from './parts/look.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import { backOffered } from './pick.tsx'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

/** Everything that would be done, to be read; nothing but `y` does it. */
export function Review(props: {
  readonly question: Question
  readonly only: Option<unknown>
  readonly answer: (answer: Option<unknown> | Back) => void
}) {
  const { question, only, answer } = props
  const { view, usualMs, say } = useWizard()
  const { columns, rows } = useBody()
  const step = stepOf(view, question.step.id)
  const plan = step === undefined ? [] : planLines(step, 'a key away', tookBefore(view.steps, usualMs))
  const lines = wrapped(plan, columns)
  const title = wrapped([{ text: question.step.question }], columns)
  const gap = rows < 10 ? null : <Text> </Text>
  const room = Math.max(2, rows - title.length - (gap === null ? 0 : 2))
  const keyName = useKeyName()
  const { top, keys } = useScroll(lines.length, room)
  const to = question.earlier.at(-1)
  const offered: readonly Offered[] = [
    { id: 'yes' },
    { id: 'no' },
    ...(lines.length > room ? scrolling : []),
    { id: 'why' },
    backOffered(question),
    { id: 'help' },
    { id: 'leave' },
    { id: 'commands' },
    { id: 'log' },
  ]
  useOffered(offered, step, {
    ...keys,
    yes: () => answer(only),
    no: () => say(`nothing was done; y does it, ${to === undefined ? '' : `${keyName('back')} goes back, `}q leaves`),
    back: () => to !== undefined && answer({ kind: 'back', to }),
  })
  return (
    <Frame offered={offered}>
      {title.map(({ text }, at) => (
        <Text key={at} bold>{` ${text}`}</Text>
      ))}
      {gap}
      <Scroll lines={lines} top={top} rows={room} />
      {gap}
    </Frame>
  )
}

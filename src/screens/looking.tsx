import { Text } from 'ink'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import { factLines } from './findings.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { colours } from './parts/look.tsx'
import { Tail, wrapped } from './parts/scroll.tsx'
import type { Offered } from './keys.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

const leading: readonly Offered[] = [{ id: 'help' }, { id: 'leave' }]

const about: readonly Offered[] = [{ id: 'why' }, { id: 'commands' }, { id: 'log' }]

/** While a question is prepared: facts arrive line by line, and what is being asked just now is named. */
export function Looking() {
  const { view, now } = useWizard()
  const { columns, rows } = useBody()
  const step = stepOf(view, view.now)
  // Before the first step there is nothing to tell of one.
  const offered = step === undefined ? leading : [...about, ...leading]
  useOffered(offered, step, {})
  const command = step?.commands.at(-1)
  // An operator may have thought about the question in between: it counts from what is asked just now.
  const fromMs = step?.commandMs ?? step?.startedMs ?? now.getTime()
  const waited = Math.floor((now.getTime() - fromMs) / 1000) * 1000
  const waits = step?.progress?.waitingFor
  const notices = [...(waits == null ? [] : [`waiting for ${waits}`]), ...(view.notice === null ? [] : [view.notice])]
  const notice = wrapped(
    notices.map((text) => ({ text: oneLine(text) })),
    columns,
  )
  const quiet = step === undefined && notices.length > 0 ? '' : ' looking'
  const asking = command === undefined ? quiet : ` asking: ${oneLine(command.text)}`
  const gap = rows < 10 ? null : <Text> </Text>
  const lines = step === undefined ? [] : wrapped(factLines(step), columns)
  return (
    <Frame offered={offered}>
      <Text bold wrap="truncate-end">{` ${step?.title ?? 'Beginning'}`}</Text>
      {gap}
      <Tail lines={lines} rows={rows - (gap === null ? 3 : 5) - notice.length} />
      {gap}
      <Text dimColor wrap="truncate-end">
        {asking}
      </Text>
      {waited < 5000 ? null : <Text dimColor>{` for ${duration(waited)} now`}</Text>}
      {notice.map(({ text }, at) => (
        <Text key={at} color={colours.warn}>{` ${text}`}</Text>
      ))}
    </Frame>
  )
}

import { Text } from 'ink'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import { findingLines } from './findings.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { Scroll, wrapped } from './parts/scroll.tsx'
import type { Offered } from './keys.ts'
import { useOffered, useWizard } from './wizard-context.ts'
import { stepOf } from './view.ts'

const offered: readonly Offered[] = [{ id: 'why' }, { id: 'commands' }, { id: 'log' }, { id: 'help' }, { id: 'leave' }]

/** While a question is prepared: facts arrive line by line, and what is being asked just now is named. */
export function Looking() {
  const { view, now } = useWizard()
  const { columns, rows } = useBody()
  const step = stepOf(view, view.now)
  useOffered(offered, step, {})
  const lines = step === undefined ? [] : wrapped(findingLines(step), columns)
  const room = Math.max(1, rows - 5)
  const command = step?.commands.at(-1)
  const waited = Math.floor((now.getTime() - (step?.startedMs ?? now.getTime())) / 1000) * 1000
  return (
    <Frame offered={offered}>
      <Text bold>{` ${step?.title ?? 'Beginning'}`}</Text>
      <Text> </Text>
      <Scroll lines={lines} top={Math.max(0, lines.length - room)} rows={room} />
      <Text> </Text>
      <Text dimColor wrap="truncate-end">
        {command === undefined ? ' looking' : ` asking: ${oneLine(command.text)}`}
      </Text>
      {waited < 5000 ? null : <Text dimColor>{` for ${duration(waited)} now`}</Text>}
    </Frame>
  )
}

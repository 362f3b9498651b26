import { Text } from 'ink'
import { oneLine } from '../text/display.ts'
import { plannedCommands } from './findings.ts'
import { keyTable, type Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { Scroll, wrapped, type Line } from './parts/scroll.tsx'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard, type Overlay as Kind } from './wizard-context.ts'
import type { StepView } from './view.ts'

/** What lies over a screen, and what it is about. */
export interface Opened {
  readonly kind: Kind
  readonly step: StepView | undefined
  readonly offered: readonly Offered[]
}

const helpLines = (offered: readonly Offered[]): Line[] =>
  offered.map(({ id, word, disabled }) => {
    const { keys, help } = keyTable[id]
    const names = keys.map((key) => (key === 'space' ? 'Space' : key)).join(' ')
    const why = disabled === undefined ? '' : `. Not now: ${disabled}`
    return {
      text: `${names.padEnd(22)} ${word ?? keyTable[id].word}: ${help}${why}`,
      ...(disabled === undefined ? {} : { tone: 'dim' as const }),
    }
  })

/** What the step will run, where it was asked about, and what it has run. */
function commandLines(step: StepView | undefined): Line[] {
  const planned = step === undefined ? [] : plannedCommands(step)
  const ran = step?.commands ?? []
  if (planned.length + ran.length === 0) return [{ text: 'this step has run no command yet' }]
  return [
    ...planned.flatMap((text) => text.split('\n').map((line, at) => ({ text: at === 0 ? `$ ${line}` : `  ${line}` }))),
    ...(planned.length === 0 ? [] : [{ text: '' }, { text: 'what was asked to find this out:' }]),
    ...ran.map(({ text, reads }) => ({
      text: `${reads ? '# only reads: ' : '$ '}${oneLine(text)}`,
      ...(reads ? { tone: 'dim' as const } : {}),
    })),
  ]
}

const titles = { why: 'Why', commands: 'The commands, exactly', log: 'The log', help: 'Keys' } as const

function linesOf({ kind, step, offered }: Opened, log: readonly string[]): Line[] {
  if (kind === 'why') return [{ text: step?.title ?? '', tone: 'strong' }, { text: '' }, { text: step?.why ?? '' }]
  if (kind === 'commands') return commandLines(step)
  if (kind === 'help') return helpLines(offered)
  return log.map((text) => ({ text: oneLine(text) }))
}

/** A text over the screen. */
export function Overlay({
  opened,
  close,
  copy,
}: {
  readonly opened: Opened
  readonly close: () => void
  readonly copy: (text: string) => string
}) {
  const { view, say } = useWizard()
  const { columns, rows } = useBody()
  const lines = wrapped(linesOf(opened, view.log), columns)
  const room = rows - 2
  const { top, keys } = useScroll(lines.length, room, opened.kind === 'log' ? lines.length : 0)
  const offered: readonly Offered[] = [
    { id: 'close' },
    ...(opened.kind === 'commands' ? [{ id: 'copy' } as const] : []),
    ...(lines.length > room ? scrolling : []),
  ]
  const ran = (opened.step?.commands ?? []).filter((each) => !each.reads).map((each) => each.text)
  const commands = [...(opened.step === undefined ? [] : plannedCommands(opened.step)), ...ran]
  useOffered(offered, opened.step, {
    ...keys,
    close,
    copy: () =>
      say(
        commands.length === 0
          ? 'there is no command that changes something: nothing to copy'
          : copy(`${commands.join('\n')}\n`),
      ),
  })
  return (
    <Frame offered={offered}>
      <Text bold>{` ${titles[opened.kind]}`}</Text>
      <Text> </Text>
      <Scroll lines={lines} top={top} rows={room} />
    </Frame>
  )
}

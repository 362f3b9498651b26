import { Text } from 'ink'
import { lines as displayLines, oneLine } from '../text/display.ts'
import { exactCommands, plannedLines } from './findings.ts'
import { keyName, keyTable, type Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { useLook } from './parts/look.tsx'
import { Scroll, wrapped, type Line } from './parts/scroll.tsx'
import { scrolling, useScroll } from './use-scroll.ts'
import { useOffered, useWizard, type Overlay as Kind } from './wizard-context.ts'
import { rehearsalOf, type StepView, type View } from './view.ts'

/** What lies over a screen, and what it is about. */
export interface Opened {
  readonly kind: Kind
  readonly step: StepView | undefined
  readonly offered: readonly Offered[]
}

/** What no footer names, because it is the same on every screen. */
const everywhere: readonly Offered[] = [{ id: 'redraw' }, { id: 'suspend' }]

const namesWidth = 14

/** Each key with all its names, as a footer has them, and what it does; a long text goes on below its own beginning. */
const helpLines = ({ offered }: Opened, view: View, ascii: boolean, columns: number): Line[] =>
  [...offered, ...everywhere].flatMap(({ id, word, help: here, disabled }) => {
    const { keys } = keyTable[id]
    const help = here ?? (id === 'leave' ? rehearsalOf(view)?.leaving : undefined) ?? keyTable[id].help
    const names = keys.map((key) => keyName(key, ascii)).join(' ')
    const why = disabled === undefined ? '' : `. Not now: ${disabled}`
    const text = `${word ?? keyTable[id].word}: ${help}${why}`
    return wrapped([{ text }], columns - namesWidth - 2).map((line, at) => ({
      text: `${(at === 0 ? names : '').padEnd(namesWidth)}${line.text}`,
      ...(disabled === undefined ? {} : { tone: 'dim' as const }),
    }))
  })

/** What the step will run, where it was asked about, and what it has run. */
function commandLines(step: StepView | undefined): Line[] {
  const planned = step === undefined ? [] : plannedLines(step)
  const ran = step?.commands ?? []
  if (planned.length + ran.length === 0) return [{ text: 'this step has run no command yet' }]
  return [
    ...planned,
    ...(planned.length === 0 || ran.length === 0 ? [] : [{ text: '' }, { text: 'what was asked to find this out:' }]),
    ...ran.map(({ text, reads }) => ({
      text: `${reads ? '# only reads: ' : '$ '}${oneLine(text)}`,
      ...(reads ? { tone: 'dim' as const } : {}),
    })),
  ]
}

const titles = { why: 'Why', commands: 'The commands, exactly', log: 'The log', help: 'Keys' } as const

function linesOf(opened: Opened, view: View, ascii: boolean, columns: number): Line[] {
  const { kind, step } = opened
  if (kind === 'why')
    return [
      { text: step?.title ?? 'nothing has begun yet', tone: 'strong' },
      { text: '' },
      ...(step?.why ?? '').split('\n').map((text) => ({ text })),
    ]
  if (kind === 'commands') return commandLines(step)
  if (kind === 'help') return helpLines(opened, view, ascii, columns)
  return view.log.flatMap(displayLines).map((text) => ({ text }))
}

const copyOffered = (commands: readonly string[]): Offered =>
  commands.length > 0
    ? { id: 'copy' }
    : { id: 'copy', disabled: 'there is no command that changes something: nothing to copy' }

/** A text over the screen. */
export function Overlay({ opened, close }: { readonly opened: Opened; readonly close: () => void }) {
  const { view, page, copy } = useWizard()
  const { columns, rows } = useBody()
  const { ascii } = useLook()
  const all = linesOf(opened, view, ascii, columns)
  const lines = wrapped(all, columns)
  const room = rows - 2
  const { top, keys } = useScroll(lines.length, room, opened.kind === 'log' ? lines.length : 0)
  const ran = (opened.step?.commands ?? []).filter((each) => !each.reads).map((each) => each.text)
  const commands = [...(opened.step === undefined ? [] : exactCommands(opened.step)), ...ran]
  const offered: readonly Offered[] = [
    { id: 'close' },
    { id: 'edit' },
    ...(opened.kind === 'commands' ? [copyOffered(commands)] : []),
    ...(lines.length > room ? scrolling : []),
  ]
  useOffered(offered, opened.step, {
    ...keys,
    close,
    edit: () => page(`${all.map((each) => each.text).join('\n')}\n`),
    copy: () => copy(`${commands.join('\n')}\n`),
  })
  return (
    <Frame offered={offered}>
      <Text bold>{` ${titles[opened.kind]}`}</Text>
      <Text> </Text>
      <Scroll lines={lines} top={top} rows={room} />
    </Frame>
  )
}

import { Box, Text } from 'ink'
import type { ReactNode } from 'react'
import { keyTable, type KeyId, type Offered } from '../keys.ts'
import { standing, type Stand } from '../stages.ts'
import { useWizard } from '../wizard-context.ts'
import { Header } from './header.tsx'
import { colours, useLook } from './look.tsx'
import { wrapped } from './scroll.tsx'
import { Stepper } from './stepper.tsx'

/** Rows that the frame takes for itself: header, stepper, two rules, footer. */
const frameRows = 5

export interface Size {
  readonly columns: number
  readonly rows: number
}

const rule = (glyph: string, columns: number): string => glyph.repeat(Math.max(0, columns))

interface Shown {
  readonly id: KeyId
  readonly text: string
  readonly off: boolean
}

/** What a footer says of these keys: neighbours that do the same in two directions stand together. */
export function footer(offered: readonly Offered[], ascii: boolean): Shown[] {
  const keys = offered.map(({ id, word, disabled }) => ({
    id,
    key: ascii ? keyTable[id].ascii : keyTable[id].shown,
    word: word ?? keyTable[id].word,
    off: disabled !== undefined,
  }))
  return keys.flatMap(({ id, key, word, off }, at) => {
    if (keys[at - 1]?.word === word) return []
    const other = keys[at + 1]?.word === word ? `${ascii ? '/' : ''}${keys[at + 1]?.key}` : ''
    const text = `${key}${other} ${word}`
    return [{ id, text: off ? `(${text})` : text, off }]
  })
}

/** What leads out of a screen, and to all its keys, has its place before any other; what leaps through a text after. */
const urgency: Partial<Readonly<Record<KeyId, number>>> = {
  help: -1,
  close: -1,
  yes: -1,
  no: -1,
  back: -0.5,
  finish: -1,
  leave: -1,
  stop: -1,
  closer: 0.5,
  wider: 0.5,
  pageUp: 1,
  pageDown: 1,
  first: 1,
  last: 1,
}

/** Of several, the lowest first. What can't be used now only has what room is left. */
const rank = ({ id, off }: Shown): number => (off ? 2 : (urgency[id] ?? 0))

/** The keys that can be pressed here, as many as fit, the most urgent ones; what can't be used now is in brackets. */
function Footer({ offered, columns }: { readonly offered: readonly Offered[]; readonly columns: number }) {
  const { ascii } = useLook()
  const all = footer(offered, ascii)
  let left = columns + 1
  const fitting = new Set(
    all.toSorted((a, b) => rank(a) - rank(b)).filter(({ text }) => (left -= text.length + 2) >= 0),
  )
  const shown = all.filter((each) => fitting.has(each))
  return (
    <Text wrap="truncate-end">
      {shown.map(({ text, off }, at) => (
        <Text key={text} dimColor={off}>
          {at === 0 ? ` ${text}` : `  ${text}`}
        </Text>
      ))}
    </Text>
  )
}

/**
 * A whole screen: where one is above, what can be pressed below, and in between what it is about.
 * @param props.stages where one is, where that is not in the run
 */
export function Frame(props: {
  readonly offered: readonly Offered[]
  readonly stages?: readonly Stand[] | undefined
  readonly children: ReactNode
}) {
  const { offered, children } = props
  const { view, now, size, hint } = useWizard()
  const { columns, rows } = size
  const { glyphs } = useLook()
  const hints = hint === null ? [] : wrapped([{ text: hint }], columns - 1)
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Header columns={columns} view={view} now={now} />
      <Stepper stages={props.stages ?? standing(view)} columns={columns} />
      <Text dimColor>{rule(glyphs.rule, columns)}</Text>
      <Box
        flexDirection="column"
        height={Math.max(0, rows - frameRows + 1 - Math.max(1, hints.length))}
        overflow="hidden"
      >
        {/* What does not fit is cut off: squeezed together, lines would lie over one another. */}
        <Box flexDirection="column" flexShrink={0}>
          {children}
        </Box>
      </Box>
      <Text dimColor>{rule(glyphs.rule, columns)}</Text>
      {hint === null ? (
        <Footer offered={offered} columns={columns} />
      ) : (
        hints.map(({ text }, at) => (
          <Text key={at} color={colours.warn}>
            {` ${text}`}
          </Text>
        ))
      )}
    </Box>
  )
}

/** The rows and columns between the rules. */
export function useBody(): Size {
  const { size } = useWizard()
  return { columns: size.columns - 2, rows: Math.max(1, size.rows - frameRows) }
}

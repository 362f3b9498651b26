import { Box, Text } from 'ink'
import type { ReactNode } from 'react'
import { keyTable, type Offered } from '../keys.ts'
import { standing } from '../stages.ts'
import { useWizard } from '../wizard-context.ts'
import { Header } from './header.tsx'
import { colours, useLook } from './look.tsx'
import { Stepper } from './stepper.tsx'

/** Rows that the frame takes for itself: header, stepper, two rules, footer. */
const frameRows = 5

export interface Size {
  readonly columns: number
  readonly rows: number
}

const rule = (glyph: string, columns: number): string => glyph.repeat(Math.max(0, columns))

interface Shown {
  readonly text: string
  readonly off: boolean
}

/** What a footer says of these keys: neighbours that do the same in two directions stand together. */
export function footer(offered: readonly Offered[], ascii: boolean): Shown[] {
  const keys = offered.map(({ id, word, disabled }) => ({
    key: ascii ? keyTable[id].ascii : keyTable[id].shown,
    word: word ?? keyTable[id].word,
    off: disabled !== undefined,
  }))
  return keys.flatMap(({ key, word, off }, at) => {
    if (keys[at - 1]?.word === word) return []
    const other = keys[at + 1]?.word === word ? `${ascii ? '/' : ''}${keys[at + 1]?.key}` : ''
    return [{ text: `${key}${other} ${word}`, off }]
  })
}

/** The keys that can be pressed here, as many as fit, the first ones first; what can't be used now is dim. */
function Footer({ offered, columns }: { readonly offered: readonly Offered[]; readonly columns: number }) {
  const { ascii } = useLook()
  let left = columns + 1
  const shown = footer(offered, ascii).filter(({ text }) => (left -= text.length + 2) >= 0)
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

/** A whole screen: where one is above, what can be pressed below, and in between what it is about. */
export function Frame({ offered, children }: { readonly offered: readonly Offered[]; readonly children: ReactNode }) {
  const { view, now, size, hint } = useWizard()
  const { columns, rows } = size
  const { glyphs } = useLook()
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Header columns={columns} view={view} now={now} />
      <Stepper stages={standing(view)} columns={columns} />
      <Text dimColor>{rule(glyphs.rule, columns)}</Text>
      <Box flexDirection="column" height={Math.max(1, rows - frameRows)} overflow="hidden">
        {children}
      </Box>
      <Text dimColor>{rule(glyphs.rule, columns)}</Text>
      {hint === null ? (
        <Footer offered={offered} columns={columns} />
      ) : (
        <Text color={colours.warn} wrap="truncate-end">{` ${hint}`}</Text>
      )}
    </Box>
  )
}

/** The rows and columns between the rules. */
export function useBody(): Size {
  const { size } = useWizard()
  return { columns: size.columns - 2, rows: Math.max(1, size.rows - frameRows) }
}

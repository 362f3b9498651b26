import { Text } from 'ink'
import wrapAnsi from 'wrap-ansi'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { cut } from './parts/cut.ts'
import { colours, useKeyName, useLook } from './parts/look.tsx'
import type { StepView } from './view.ts'

interface Part {
  readonly text: string
  readonly isWarning: boolean
}

/** What there is to say of an option: why it can't be chosen, and what choosing it means. */
function partsOf(marked: Option<unknown> | undefined, detail: string): Part[] {
  const refused = marked?.disabled
  return [
    ...(refused === undefined ? [] : [{ text: `can't be chosen: ${oneLine(refused)}`, isWarning: true }]),
    { text: detail, isWarning: false },
  ]
}

interface Told {
  readonly marked: Option<unknown> | undefined
  readonly detail: string
}

const rowsOf = ({ marked, detail }: Told, columns: number): Part[] =>
  partsOf(marked, detail).flatMap(({ text, isWarning }) =>
    wrapAnsi(text, columns, { hard: true, trim: false })
      .split('\n')
      .map((line) => ({ text: line, isWarning })),
  )

/** Of what is marked in a list, as much as fits; where that is not all, the key that shows all of it. */
export function Detail({ columns, rows, ...told }: Told & { readonly columns: number; readonly rows: number }) {
  const { glyphs } = useLook()
  const keyName = useKeyName()
  const all = rowsOf(told, columns)
  const more = ` ${glyphs.more} ${keyName('why')} shows all`
  return all.slice(0, rows).map(({ text, isWarning }, at) => (
    <Text key={at} wrap="truncate-end" {...(isWarning ? { color: colours.warn } : {})}>
      {at === rows - 1 && all.length > rows ? `${cut(text.trimEnd(), columns - more.length, '')}${more}` : text}
    </Text>
  ))
}

/** A step whose why begins with all of what is marked, where that does not fit below its list. */
export function withMarked(
  step: StepView | undefined,
  told: Told,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): StepView | undefined {
  const { marked, detail } = told
  if (step === undefined || marked === undefined || rowsOf(told, columns).length <= rows) return step
  const parts = partsOf(marked, detail).map(({ text }) => text)
  return { ...step, why: [`marked: ${oneLine(marked.label)}`, ...parts, '', step.why].join('\n') }
}

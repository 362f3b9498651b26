// Options as rows of columns. Where the screen is narrow, columns fold away, the least important first.
import stringWidth from 'string-width'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'

interface Column {
  readonly title: string
  /** Columns of high rank stay the longest. */
  readonly rank: number
}

export interface Table {
  readonly columns: readonly Column[]
  /** A cell for each column. */
  readonly rows: readonly (readonly string[])[]
}

const gap = 2

/** Options without columns of their own: one, of labels. */
export const labels = (options: readonly Option<unknown>[]): Table => ({
  columns: [{ title: '', rank: 0 }],
  rows: options.map((option) => [oneLine(option.label)]),
})

/** Which columns fit side by side, and how wide each is. */
export function fitting({ columns, rows }: Table, room: number): { readonly at: number; readonly width: number }[] {
  const all = columns.map(({ title, rank }, at) => ({
    at,
    rank,
    width: rows.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), stringWidth(title)),
  }))
  const needed = (some: typeof all): number => some.reduce((sum, { width }) => sum + width + gap, -gap)
  while (all.length > 1 && needed(all) > room) {
    const least = all.reduce((a, b) => (b.rank < a.rank ? b : a))
    all.splice(all.indexOf(least), 1)
  }
  return all
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)))

/** One row, its cells below each other's. */
export const rowText = (cells: readonly string[], fit: ReturnType<typeof fitting>): string =>
  fit
    .map(({ at, width }) => padded(cells[at] ?? '', width))
    .join(' '.repeat(gap))
    .trimEnd()

// Options as rows of columns. Where the screen is narrow, columns fold away, the least important first.
import stringWidth from 'string-width'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { cut } from './parts/cut.ts'

interface Column {
  readonly title: string
  /** Columns of high rank stay the longest. */
  readonly rank: number
  /** Prose, whose beginning tells something: it is cut to as little as this before it folds away. */
  readonly least?: number
}

export interface Table {
  readonly columns: readonly Column[]
  /** A cell for each column. */
  readonly rows: readonly (readonly string[])[]
  /** What is told of a row when it is marked, and what it is found by too; the options' own where there is none. */
  readonly details?: readonly string[]
}

const gap = 2

/** A last column this wide is prose, and this much of it is worth its place. */
const prose = { wide: 40, least: 24 }

/** What stands between the parts of a label. */
const between = ' '.repeat(gap)

/** Options without columns of their own: the parts of their labels. What is the same in all of them folds away first. */
export function labels(options: readonly Option<unknown>[]): Table {
  const parts = options.map(({ label }) => oneLine(label).split(between))
  const count = parts.reduce((most, each) => Math.max(most, each.length), 1)
  const rows = parts.map((each) => Array.from({ length: count }, (_none, at) => each[at] ?? ''))
  const isProse = rows.some((row) => stringWidth(row[count - 1] ?? '') > prose.wide)
  return {
    columns: Array.from({ length: count }, (_none, at) => ({
      title: '',
      // Of two that tell as much, the first stays.
      rank: new Set(rows.map((row) => row[at])).size * count - at,
      ...(isProse && at === count - 1 ? { least: prose.least } : {}),
    })),
    rows,
    details: options.map(({ detail }) => oneLine(detail ?? '')),
  }
}

/** Which columns fit side by side, and how wide each is. The last that is left is made as narrow as the room. */
export function fitting({ columns, rows }: Table, room: number): { readonly at: number; readonly width: number }[] {
  const all = columns.map(({ title, rank, least }, at) => ({
    at,
    rank,
    least,
    width: rows.reduce((most, row) => Math.max(most, stringWidth(row[at] ?? '')), stringWidth(title)),
  }))
  const needed = (some: typeof all): number => some.reduce((sum, { width }) => sum + width + gap, -gap)
  while (all.length > 1 && needed(all) > room) {
    const lowest = all.reduce((a, b) => (b.rank < a.rank ? b : a))
    const left = room - needed(all) + lowest.width
    if (lowest.least !== undefined && left >= lowest.least) lowest.width = left
    else all.splice(all.indexOf(lowest), 1)
  }
  return all.map(({ at, width }) => ({ at, width: Math.min(width, room) }))
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)))

/** One row, its cells below each other's. */
export const rowText = (cells: readonly string[], fit: ReturnType<typeof fitting>): string =>
  fit
    .map(({ at, width }) => padded(cut(cells[at] ?? '', width), width))
    .join(' '.repeat(gap))
    .trimEnd()

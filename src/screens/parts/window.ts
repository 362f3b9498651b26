// The part of a long list that is on the screen. Only that is laid out: ten thousand rows cost no more than ten.

export interface Window {
  /** The marked row. */
  readonly cursor: number
  /** The first row that is shown. */
  readonly top: number
}

export const atStart: Window = { cursor: 0, top: 0 }

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most))

/** The window that has this row marked and shown, moved no further than needed. */
export function mark({ top }: Window, row: number, length: number, rows: number): Window {
  const cursor = clamp(row, 0, Math.max(0, length - 1))
  const last = Math.max(0, length - rows)
  return { cursor, top: clamp(clamp(top, cursor - rows + 1, cursor), 0, last) }
}

/** How many rows of a text are shown: where there is more of it, one row says so. */
export const textRows = (length: number, rows: number): number => (length <= rows ? rows : Math.max(1, rows - 1))

/** Of a text that has no mark: scrolled to this first row. */
export const scrollTo = (row: number, length: number, rows: number): number => clamp(row, 0, Math.max(0, length - rows))

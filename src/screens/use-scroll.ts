import type { Offered } from './keys.ts'
import { scrollTo, textRows } from './parts/window.ts'
import { useLive } from './use-live.ts'

/** The keys that move a text, where there is more of it than fits. */
export const scrolling: readonly Offered[] = [
  { id: 'up', word: 'scroll' },
  { id: 'down', word: 'scroll' },
  { id: 'pageDown' },
  { id: 'pageUp' },
  { id: 'first' },
  { id: 'last' },
]

/** Where a text is scrolled to, and how each key moves it. @param from the line that is on top at first */
export function useScroll(length: number, rows: number, from = 0) {
  const at = useLive(from)
  const shown = textRows(length, rows)
  const topOf = (row: number): number => scrollTo(row, length, shown)
  const to = (row: number): void => at.set(topOf(row))
  const by = (rowsDown: number) => (): void => to(topOf(at.now()) + rowsDown)
  return {
    top: topOf(at.value),
    keys: {
      up: by(-1),
      down: by(1),
      pageUp: by(-shown),
      pageDown: by(shown),
      first: () => to(0),
      last: () => to(length),
    },
  }
}

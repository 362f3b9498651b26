import type { Offered } from './keys.ts'
import { atStart, mark } from './parts/window.ts'
import { useLive } from './use-live.ts'

/** The keys that move the mark, beyond the arrows. */
export const leaping: readonly Offered[] = [{ id: 'pageUp' }, { id: 'pageDown' }, { id: 'first' }, { id: 'last' }]

/**
 * The marked row of a list, and the part of the list that is shown.
 * @param length of the list as it is at this very moment
 * @param rows that fit
 * @param first the row that is marked at first
 */
export function useMarked(length: () => number, rows: number, first: number) {
  const window = useLive(() => mark(atStart, first, length(), rows))
  const now = () => mark(window.now(), window.now().cursor, length(), rows)
  const to = (row: number): void => window.set(mark(now(), row, length(), rows))
  const by = (rowsDown: number) => (): void => to(now().cursor + rowsDown)
  return {
    ...mark(window.value, window.value.cursor, length(), rows),
    /** The marked row, also between two keys that came at once. */
    cursorNow: () => now().cursor,
    markRow: to,
    keys: {
      up: by(-1),
      down: by(1),
      pageUp: by(-rows),
      pageDown: by(rows),
      first: () => to(0),
      last: () => to(length() - 1),
    },
  }
}

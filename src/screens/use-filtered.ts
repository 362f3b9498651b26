import type { Offered } from './keys.ts'
import type { Table } from './table.ts'
import { typedInto } from './text-field.ts'
import { useLive } from './use-live.ts'
import { useMarked } from './use-marked.ts'

/** One row of a list, and which of the whole list it is. */
export interface Row {
  readonly at: number
  readonly cells: readonly string[]
}

/**
 * A list that is narrowed by what is typed, with one row marked.
 * @param room rows that fit
 * @param first the row that is marked at first
 */
export function useFiltered({ rows: all, details }: Pick<Table, 'rows' | 'details'>, room: number, first: number) {
  const filter = useLive('')
  const typing = useLive(false)
  const matching = (): Row[] => {
    const wanted = filter.now().toLowerCase()
    const rows = all.map((cells, at) => ({ cells, at }))
    return wanted === ''
      ? rows
      : rows.filter(({ at, cells }) => [...cells, details?.[at] ?? ''].join(' ').toLowerCase().includes(wanted))
  }
  const list = useMarked(() => matching().length, room, Math.max(0, first))
  /** All again, with the same row marked. */
  const clear = (): void => {
    const marked = matching()[list.cursorNow()]?.at
    filter.set('')
    if (marked !== undefined) list.markRow(marked)
  }
  return {
    ...list,
    matching,
    filter: filter.value,
    typing: typing.value,
    /** The marked row, also between two keys that came at once. */
    markedNow: (): Row | undefined => matching()[list.cursorNow()],
    begin: () => typing.set(true),
    isFiltered: () => filter.now() !== '',
    /** Letters go where they are typed. @returns whether the key was of use */
    type: (name: string): boolean => {
      if (!typing.now()) {
        if (name !== 'esc' || filter.now() === '') return false
        clear()
        return true
      }
      const text = typedInto(filter.now(), name)
      if (text !== undefined) filter.set(text)
      if (name === 'esc') clear()
      if (name === 'esc' || name === 'enter') typing.set(false)
      return text !== undefined || name === 'esc' || name === 'enter'
    },
  }
}

/** The keys that are no letters while the filter is typed. */
export const whileTyping: readonly Offered[] = [
  { id: 'up' },
  { id: 'down' },
  { id: 'typed', word: 'keep it' },
  { id: 'untyped', word: 'show all' },
  { id: 'stop', word: 'leave' },
]

/** What is said of the filter in place of the columns' titles; undefined where there is none. */
export const filterText = (
  { filter, typing }: { readonly filter: string; readonly typing: boolean },
  found: number,
  of: number,
): string | undefined => (typing || filter !== '' ? ` / ${filter}${typing ? '_' : ''}   ${found} of ${of}` : undefined)

// How everything looks, in one place: glyphs and colours. Nothing is told by colour alone.
import { createContext, useContext } from 'react'
import { keyTable, type KeyId } from '../keys.ts'

const unicode = {
  marked: '❯',
  done: '✓',
  now: '●',
  failed: '✗',
  ahead: '·',
  next: '›',
  rule: '─',
  full: '█',
  empty: '░',
  more: '…',
  dot: '·',
  mark: '│',
  marks: '┃',
  chosen: '◆',
  goes: '×',
  gap: '·',
  times: '×',
}

const ascii: Glyphs = {
  marked: '>',
  done: '+',
  now: '*',
  failed: 'x',
  ahead: '.',
  next: '>',
  rule: '-',
  full: '#',
  empty: '.',
  more: '...',
  dot: '-',
  mark: '|',
  marks: 'H',
  chosen: '@',
  goes: 'x',
  gap: '.',
  times: 'x',
}

type Glyphs = Record<keyof typeof unicode, string>

export interface Look {
  readonly glyphs: Glyphs
  readonly ascii: boolean
}

export const lookOf = (isAscii: boolean): Look => ({ glyphs: isAscii ? ascii : unicode, ascii: isAscii })

export const LookContext = createContext<Look>(lookOf(false))

export const useLook = (): Look => useContext(LookContext)

/** A key as it is shown here. */
export function useKeyName(): (id: KeyId) => string {
  const look = useLook()
  return (id) => keyTable[id][look.ascii ? 'ascii' : 'shown']
}

/** Colours by what they mean. */
export const colours = {
  marked: 'cyan',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
} as const

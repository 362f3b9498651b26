// What a terminal sends becomes names of keys: a letter is itself, everything else has a name.
import type { Key } from 'ink'

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const

/** What is left of an arrow key whose first byte came alone, some milliseconds before. */
const remnants: Readonly<Record<string, string>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  '[5~': 'pageup',
  '[6~': 'pagedown',
}

/** The key that a torn sequence stands for. */
export const remnant = (input: string): string | undefined => remnants[input]

const nameOf = (character: string): string => {
  if (character === ' ') return 'space'
  if (character === '\r' || character === '\n') return 'enter'
  if (character === '\u007f' || character === '\b') return 'backspace'
  const code = character.codePointAt(0) ?? 0
  return code >= 1 && code <= 26 ? `ctrl-${String.fromCodePoint(code + 96)}` : character
}

/** The keys of one input. Several that were typed fast come as one text: each is a key of its own. */
export function keysOf(input: string, key: Key): string[] {
  const special = named.find(([flag]) => key[flag])
  if (special !== undefined) return [special[1]]
  if (key.ctrl) return input === '' ? [] : [`ctrl-${input}`]
  if (key.meta) return []
  return Array.from(input, nameOf).filter((name) => name >= ' ')
}

// The one table of keys: handlers, footers, the help and the page in docs/ are made of it.

export interface KeyEntry {
  /** As `read-keys.ts` names them. */
  readonly keys: readonly string[]
  /** As a footer shows them. */
  readonly shown: string
  /** The same, where only ASCII can be shown. */
  readonly ascii: string
  /** What a footer calls it. */
  readonly word: string
  /** What the help says of it. */
  readonly help: string
}

const entry = (
  keys: readonly string[],
  shown: string,
  word: string,
  help: string,
  ascii: string = shown,
): KeyEntry => ({ keys, shown, ascii, word, help })

export const keyTable = {
  up: entry(['up', 'k'], '↑', 'move', 'one line up', 'up'),
  down: entry(['down', 'j'], '↓', 'move', 'one line down', 'down'),
  pageUp: entry(['pageup', 'ctrl-b'], 'PgUp', 'page up', 'one page up'),
  pageDown: entry(['pagedown', 'space', 'ctrl-f'], 'PgDn', 'page down', 'one page down'),
  first: entry(['home', 'g'], 'g', 'first', 'to the first line'),
  last: entry(['end', 'G'], 'G', 'last', 'to the last line'),
  choose: entry(['enter'], '⏎', 'choose', 'takes what is marked', 'Enter'),
  yes: entry(['y'], 'y', 'do it', 'does what is asked; nothing else does'),
  no: entry(['n', 'enter'], 'n', "don't", 'does nothing'),
  typed: entry(['enter'], '⏎', 'take it', 'takes what was typed', 'Enter'),
  untyped: entry(['esc'], 'Esc', 'never mind', 'forgets what was typed'),
  filter: entry(['/'], '/', 'filter', 'shows only lines with what is typed next; Esc shows all again'),
  other: entry(['o'], 'o', 'other', 'types an answer that is not in the list'),
  datasets: entry(
    ['t'],
    't',
    'datasets',
    "shows the tree: each dataset's snapshot, what was written since, how long it is kept",
  ),
  files: entry(['f'], 'f', 'files', 'shows the files of a snapshot'),
  compare: entry(['d'], 'd', 'compare', 'shows what differs between this snapshot and the data as it is now'),
  nextNewer: entry(['n'], 'n', 'next newer', 'compares this snapshot with the next newer one'),
  edit: entry(['e'], 'e', 'pager', 'opens the text in $PAGER, or in $EDITOR'),
  closer: entry(['+', '='], '+', 'zoom', 'shows less time, closer'),
  wider: entry(['-'], '-', 'zoom', 'shows more time at once'),
  why: entry(['w'], 'w', 'why', 'says why this step exists; in a list, first what is marked, where it does not fit'),
  commands: entry(['c'], 'c', 'commands', 'shows the exact commands of this step'),
  copy: entry(['y'], 'y', 'copy', 'copies the commands, through the terminal and into a file'),
  log: entry(['l'], 'l', 'log', 'shows all that has happened'),
  back: entry(['esc', 'left', 'b'], '←', 'back', 'to the question before, while nothing was made of its answer', 'Esc'),
  redraw: entry(['ctrl-l'], '^L', 'draw anew', 'draws the whole screen anew, on every screen'),
  suspend: entry(['ctrl-z'], '^Z', 'suspend', 'stops the program until the shell is told fg, on every screen'),
  help: entry(['?'], '?', 'keys', 'shows the keys'),
  close: entry(['esc', 'left', 'q', 'enter'], 'Esc', 'close', 'closes what lies over the screen'),
  again: entry(
    ['r'],
    'r',
    'try again',
    'goes on with the run; where nothing was made, begins it once more; where it can not go on, takes it back',
  ),
  finish: entry(['enter', 'q', 'ctrl-c'], '⏎', 'leave', 'these last words stay on the terminal', 'Enter'),
  leave: entry(['q', 'ctrl-c'], 'q', 'leave', 'what was made stays, and lifeboat resume goes on with it'),
  stop: entry(['ctrl-c', 'q'], '^C', 'stop', 'begins no further step; a second time leaves at once'),
} as const satisfies Readonly<Record<string, KeyEntry>>

export type KeyId = keyof typeof keyTable

/** A key that can't be used now has its reason. */
export interface Offered {
  readonly id: KeyId
  /** What it is called here, where that is another word. */
  readonly word?: string
  /** What it does here, where that is something else. */
  readonly help?: string
  readonly disabled?: string
}

/** Keys that are not shown as they are called. */
const signs: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  enter: '⏎',
}

/** Those that have the same name on every keyboard. */
const names: Readonly<Record<string, string>> = {
  esc: 'Esc',
  enter: 'Enter',
  space: 'Space',
  home: 'Home',
  end: 'End',
  pageup: 'PgUp',
  pagedown: 'PgDn',
}

/** One key of the table as a footer shows it: `⏎`, `^C`, `PgDn`; in ASCII `Enter`. */
export const keyName = (key: string, ascii: boolean): string =>
  (ascii ? undefined : signs[key]) ??
  names[key] ??
  key.replace(/^ctrl-(.)$/, (_all, letter: string) => `^${letter.toUpperCase()}`)

const keysOf = (id: KeyId): readonly string[] => keyTable[id].keys

/** Which of the offered keys was pressed. */
export const pressed = (name: string, offered: readonly Offered[]): Offered | undefined =>
  offered.find(({ id }) => keysOf(id).includes(name))

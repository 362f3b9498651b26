// The last word in short: where all of it does not fit, what went wrong, what exists and what leads on come first.
import stringWidth from 'string-width'
import type { Next, Resource } from '../text/errors.ts'
import { oneLine } from '../text/display.ts'
import { resourceName } from '../text/resource.ts'
import { cut } from './parts/cut.ts'
import { wrapped, type Line } from './parts/scroll.tsx'

interface Ending {
  /** The last word, in lines that are not wrapped yet. */
  readonly said: readonly Line[]
  readonly resources: readonly Resource[]
  readonly next: readonly Next[]
}

const nextAtMost = 3

const existsAtMost = 2

/** The first rows of some lines, the last of which tells that there was more. */
function first(lines: readonly Line[], rows: number, columns: number): Line[] {
  const shown = lines.slice(0, Math.max(1, rows))
  return lines.length <= shown.length
    ? shown
    : shown.map((line, at) =>
        at === shown.length - 1 ? { ...line, text: `${cut(line.text, columns - 2, '')} …` } : line,
      )
}

/** What a command that does not fit is for, and when: some remove data. */
function nextText({ why, command }: Next, columns: number): string {
  const text = oneLine(`next: ${command}`)
  return stringWidth(text) <= columns ? text : oneLine(`next: ${why}: ${command}`)
}

function nextLines(next: readonly Next[], columns: number): Line[] {
  const shown = next.length <= nextAtMost ? next : next.slice(0, nextAtMost - 1)
  const more = next.length - shown.length
  return [
    ...shown.map((each): Line => ({ text: cut(nextText(each, columns), columns) })),
    ...(more === 0 ? [] : [{ text: `and ${more} more below` }]),
  ]
}

/** All of a last word as rows of the screen. What has no room on the first page of `rows` is told in short there. */
export function endRows({ said, resources, next }: Ending, columns: number, rows: number): Line[] {
  const all = wrapped(said, columns)
  // A failure's own words go on, indented below their first line.
  const goesOn = said.findIndex(({ text }, at) => at > 0 && !text.startsWith('    '))
  const [head, rest] = goesOn === -1 ? [said, []] : [said.slice(0, goesOn), said.slice(goesOn)]
  const names = resources.map(resourceName).join(', ')
  const exists = names === '' ? [] : first(wrapped([{ text: `exists: ${names}` }], columns), existsAtMost, columns)
  const below = [...exists, ...nextLines(next, columns)]
  if (all.length <= rows || below.length === 0) return all
  const rowsOfHead = wrapped(head, columns)
  const room = rows - 1 - below.length
  return rowsOfHead.length <= room
    ? [...rowsOfHead, ...below, { text: '' }, ...wrapped(rest, columns)]
    : [...first(rowsOfHead, room, columns), ...below, { text: '' }, ...all]
}

// A text to be read: paragraphs are wrapped, what is drawn stays as it is.
import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'
import { lines } from './display.ts'

const wrapTo = (text: string, columns: number): string[] =>
  wrapAnsi(text, Math.max(10, columns), { hard: true }).split('\n')

/** A paragraph, or a list whose points begin with a dash. */
function paragraph(block: readonly string[], columns: number): string[] {
  const points = block.reduce<string[]>(
    (all, line) =>
      all.length === 0 || line.startsWith('- ') ? [...all, line] : [...all.slice(0, -1), `${all.at(-1)} ${line}`],
    [],
  )
  return points.flatMap((point) =>
    point.startsWith('- ')
      ? wrapTo(point.slice(2), columns - 2).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`)
      : wrapTo(point, columns),
  )
}

/** A command and its answer: what is too long goes on below, further in. */
const typed = (block: readonly string[], columns: number): string[] =>
  block.flatMap((line) => {
    if (stringWidth(line) <= columns) return [line]
    const indent = (/^ */.exec(line)?.[0] ?? '').slice(0, 8)
    return wrapTo(line.trim(), columns - indent.length - 4).map(
      (part, at) => `${indent}${at === 0 ? '' : '    '}${part}`,
    )
  })

/**
 * The lines of a page. Blocks are set apart by an empty line; one whose first line is indented is a drawing and is left
 * as it is, one that begins with `  $ ` is a command and its answer.
 */
export function pageLines(text: string, columns: number): string[] {
  const blocks = lines(text)
    .join('\n')
    .replace(/^\n+|\n+$/g, '')
    .split(/\n{2,}/)
    .map((block) => block.split('\n'))
  return blocks
    .map((block) =>
      block[0]?.startsWith('  $ ') === true
        ? typed(block, columns)
        : block[0]?.startsWith('  ') === true
          ? block
          : paragraph(block, columns),
    )
    .flatMap((block, at) => (at === 0 ? block : ['', ...block]))
}

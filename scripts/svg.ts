// A terminal's screen as a picture, cell by cell as it was drawn.
import type headless from '@xterm/headless'

const cell = { width: 8.4, height: 18 }
const margin = 12

/** The eight colours of a terminal, as a dark one shows them. */
const palette = ['#5c6370', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#dcdfe4']
const ground = '#1e222a'
const ink = '#dcdfe4'

interface Run {
  readonly text: string
  readonly at: number
  readonly style: string
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function styleOf(one: headless.IBufferCell): string {
  const colour = one.isFgDefault() ? ink : (palette[one.getFgColor() % 8] ?? ink)
  return [
    `fill="${colour}"`,
    ...(one.isBold() === 0 ? [] : ['font-weight="bold"']),
    ...(one.isDim() === 0 ? [] : ['opacity="0.6"']),
  ].join(' ')
}

/** Neighbouring cells of one style. */
function runsOf(line: headless.IBufferLine, columns: number): Run[] {
  const runs: Run[] = []
  for (let at = 0; at < columns; at++) {
    const one = line.getCell(at)
    if (one === undefined || one.getWidth() === 0) continue
    const [text, style] = [one.getChars() === '' ? ' ' : one.getChars(), styleOf(one)]
    const last = runs.at(-1)
    if (last?.style === style) runs[runs.length - 1] = { ...last, text: last.text + text }
    else runs.push({ text, at, style })
  }
  return runs.filter(({ text }) => text.trim() !== '')
}

/** What is seen now, as SVG. */
export function svgOf(terminal: headless.Terminal, title: string): string {
  const { cols, rows } = terminal
  const { active } = terminal.buffer
  const [width, height] = [Math.ceil(cols * cell.width + 2 * margin), rows * cell.height + 2 * margin]
  const lines = Array.from({ length: rows }, (_none, row) => {
    const line = active.getLine(active.baseY + row)
    const y = margin + (row + 0.75) * cell.height
    return (line === undefined ? [] : runsOf(line, cols)).map(
      ({ text, at, style }) =>
        `<text x="${(margin + at * cell.width).toFixed(1)}" y="${y.toFixed(1)}" textLength="${(text.length * cell.width).toFixed(1)}" ${style}>${escaped(text)}</text>`,
    )
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${ground}"/>`,
    ...lines.flat(),
    '</svg>',
    '',
  ].join('\n')
}

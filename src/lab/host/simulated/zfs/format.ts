// Numbers, times and tables as ZFS prints them for people.
import { strftime } from '../local-clock.ts'
import type { Host } from './model.ts'

const units = ['B', 'K', 'M', 'G', 'T', 'P', 'E']

/** As zfs_nicebytes does: five characters at most. */
export function niceBytes(bytes: number): string {
  let index = 0
  while (bytes / 1024 ** (index + 1) >= 1 && index < units.length - 1) index++
  const unit = units[index] ?? 'B'
  const value = bytes / 1024 ** index
  if (index === 0 || Number.isInteger(value)) return `${Math.floor(value)}${unit}`
  for (const digits of [2, 1]) {
    const text = `${value.toFixed(digits)}${unit}`
    if (text.length <= 5) return text
  }
  return `${value.toFixed(0)}${unit}`
}

/** `Sat Nov 21 19:23 2026` */
export const shortTime = ({ kernel }: Host, ms: number): string =>
  strftime('%a %b %e %k:%M %Y', new Date(ms), kernel.timeZone())

/** `Sat Nov 21 19:23:53 2026` (ctime(3)) */
export const longTime = ({ kernel }: Host, ms: number): string =>
  strftime('%a %b %e %T %Y', new Date(ms), kernel.timeZone())

export interface Column {
  readonly header: string
  readonly right?: boolean
  /** At least this wide; without `grows` no value makes it wider. */
  readonly width?: number
  readonly fixed?: boolean
}

/** Lines of a table with two spaces between columns, and nothing after the last one. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, at) =>
    Math.max(
      column.width ?? 0,
      column.header.length,
      ...(column.fixed === true ? [] : rows.map((row) => row[at]?.length ?? 0)),
    ),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0
        if (columns[at]?.right === true) return cell.padStart(width)
        return at === columns.length - 1 ? cell : cell.padEnd(width)
      })
      .join('  ')
  return [line(columns.map((column) => column.header)), ...rows.map(line)]
}

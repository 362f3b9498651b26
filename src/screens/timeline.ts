// The snapshots of a tree over time: a row for each dataset, a column for an hour or a day, so that gaps are seen.
import stringWidth from 'string-width'
import type { Mark, Track } from '../steps/looks.ts'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import { cut } from './parts/cut.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How much time one column can be. */
export const scales = [5, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 40_320].map((each) => each * minute)

/** A part of a row that looks alike. `newer` is what a rollback would take, `gap` where a snapshot is missing. */
export interface Piece {
  readonly text: string
  readonly tone: 'plain' | 'chosen' | 'newer' | 'gap' | 'name'
}

interface Glyphs {
  readonly mark: string
  readonly marks: string
  readonly chosen: string
  /** What a rollback would destroy, however many. */
  readonly goes: string
  readonly gap: string
  readonly more: string
}

export interface Shape {
  readonly tracks: readonly Track[]
  /** The createtxg of each dataset's chosen snapshot. */
  readonly chosen: ReadonlyMap<string, number>
  /** Whether what is newer than the chosen ones would be destroyed. */
  readonly destroys: boolean
  readonly nowMs: number
  readonly columnMs: number
  readonly columns: number
  readonly rows: number
  readonly glyphs: Glyphs
}

/** How much time a column is at first: as much as lies between two snapshots. */
export function fittingScale(tracks: readonly Track[]): number {
  const most = tracks.reduce<readonly Mark[]>((best, { marks }) => (marks.length > best.length ? marks : best), [])
  const recent = most.slice(-50)
  const gaps = recent
    .slice(1)
    .map((each, at) => each.atMs - (recent[at]?.atMs ?? 0))
    .toSorted((a, b) => a - b)
  const usual = gaps[Math.floor(gaps.length / 2)] ?? hour
  // Schedules are a minute late at times.
  return scales.find((each) => each * 1.1 >= usual) ?? day
}

const nameWidth = (tracks: readonly Track[], columns: number): number =>
  Math.min(
    Math.max(4, Math.floor(columns / 4)),
    tracks.reduce((most, { dataset }) => Math.max(most, stringWidth(oneLine(dataset))), 4),
  )

/** The end of a long name tells more than its beginning. */
function named(name: string, width: number, more: string): string {
  const text = oneLine(name)
  if (stringWidth(text) <= width) return text + ' '.repeat(width - stringWidth(text))
  let end = text
  while (stringWidth(more) + stringWidth(end) > width && end !== '') end = end.slice(1)
  return more + end + ' '.repeat(Math.max(0, width - stringWidth(more) - stringWidth(end)))
}

/** When the first column begins: the last one is now, unless what is chosen lies before the first then. */
function beginning({ tracks, chosen, nowMs, columnMs }: Shape, cells: number): number {
  const atChosen = tracks.flatMap(({ dataset, marks }) => {
    const txg = chosen.get(dataset)
    return txg === undefined ? [] : marks.filter((each) => each.createtxg === txg).map((each) => each.atMs)
  })
  const first = (last: number): number => (Math.floor(last / columnMs) - cells + 1) * columnMs
  const newest = atChosen.reduce((most, each) => Math.max(most, each), 0)
  if (atChosen.length === 0 || newest >= first(nowMs) + 2 * columnMs) return first(nowMs)
  return first(Math.min(nowMs, newest + Math.floor(cells / 3) * columnMs))
}

const two = (part: number): string => String(part).padStart(2, '0')

/** Where now is, dates where a day begins, hours between them, as far as there is room. */
function axis(fromMs: number, { columnMs, nowMs }: Shape, cells: number): string {
  const text = Array<string>(cells).fill(' ')
  const put = (at: number, label: string): void => {
    const around = text.slice(Math.max(0, at - 1), at + label.length + 1)
    if (at + label.length > cells || around.some((each) => each !== ' ')) return
    for (const [offset, letter] of label.split('').entries()) text[at + offset] = letter
  }
  const present = Math.floor((nowMs - fromMs) / columnMs)
  if (present < cells) put(Math.max(0, present - 2), 'now')
  const instants = Array.from({ length: cells }, (_none, at) => new Date(fromMs + at * columnMs))
  const dates = [...instants.entries()].filter(([at, each]) => at === 0 || each.getTime() % day < columnMs)
  for (const [at, each] of dates) put(at, `${two(each.getUTCMonth() + 1)}-${two(each.getUTCDate())}`)
  const every = Math.max(hour, columnMs) * 6
  if (columnMs < day)
    for (const [at, each] of instants.entries())
      if (each.getTime() % every < columnMs) put(at, `${two(each.getUTCHours())}h`)
  return text.join('')
}

/** Neighbours of one tone as one piece. */
function joined(cells: readonly Piece[]): Piece[] {
  const pieces: Piece[] = []
  for (const { text, tone } of cells) {
    const last = pieces.at(-1)
    if (last?.tone === tone) pieces[pieces.length - 1] = { tone, text: last.text + text }
    else pieces.push({ text, tone })
  }
  return pieces
}

function cellsOf(track: Track, { chosen, destroys, columnMs, glyphs }: Shape, fromMs: number, cells: number): Piece[] {
  const txg = chosen.get(track.dataset)
  if (track.marks.length === 0) return [{ text: cut('no snapshots', cells, ''), tone: 'gap' }]
  const inColumn = Map.groupBy(track.marks, ({ atMs }) => Math.floor((atMs - fromMs) / columnMs))
  const first = Math.floor(((track.marks[0]?.atMs ?? Number.POSITIVE_INFINITY) - fromMs) / columnMs)
  const last = Math.floor(((track.marks.at(-1)?.atMs ?? 0) - fromMs) / columnMs)
  return Array.from({ length: cells }, (_none, at): Piece => {
    const its = inColumn.get(at) ?? []
    if (its.length === 0)
      return at > first && at < last ? { text: glyphs.gap, tone: 'gap' } : { text: ' ', tone: 'plain' }
    if (its.some((each) => each.createtxg === txg)) return { text: glyphs.chosen, tone: 'chosen' }
    if (destroys && txg !== undefined && its.every((each) => each.createtxg > txg))
      return { text: glyphs.goes, tone: 'newer' }
    return { text: its.length === 1 ? glyphs.mark : glyphs.marks, tone: 'plain' }
  })
}

/** Those that differ from most come first: they are what has to be seen. */
function worthSeeing({ tracks, chosen }: Shape, rows: number): readonly Track[] {
  if (tracks.length <= rows) return tracks
  const counted = Map.groupBy(tracks, ({ dataset }) => chosen.get(dataset))
  const usual = [...counted].toSorted((a, b) => b[1].length - a[1].length)[0]?.[0]
  const odd = tracks.filter(({ dataset }) => chosen.get(dataset) !== usual)
  return [...odd, ...tracks.filter((each) => !odd.includes(each))].slice(0, rows)
}

/** What each sign means, and how much time a column is. */
function legend({ glyphs, destroys, columnMs, columns }: Shape): Piece[] {
  const signs: readonly Piece[] = [
    { text: `${glyphs.chosen} chosen`, tone: 'chosen' },
    ...(destroys ? [{ text: `${glyphs.goes} destroyed`, tone: 'newer' } as const] : []),
    { text: `${glyphs.mark} one snapshot`, tone: 'plain' },
    { text: `${glyphs.marks} several`, tone: 'plain' },
    { text: `${glyphs.gap} none`, tone: 'gap' },
    { text: `1 column: ${duration(columnMs)}`, tone: 'gap' },
  ]
  let left = columns + 2
  return signs
    .filter(({ text }) => (left -= stringWidth(text) + 2) >= 0)
    .map((each, at) => (at === 0 ? each : { ...each, text: `  ${each.text}` }))
}

/** The rows of the picture: the signs and the time above, a row for each dataset, and how many more there are. */
export function timeline(shape: Shape): (readonly Piece[])[] {
  const { tracks, columns, rows, glyphs } = shape
  if (tracks.length === 0 || rows < 4) return []
  const fits = tracks.length <= rows - 2
  const seen = worthSeeing(shape, fits ? rows - 2 : rows - 3)
  const width = nameWidth(seen, columns)
  const cells = Math.max(1, columns - width - 1)
  const fromMs = beginning(shape, cells)
  return [
    legend(shape),
    [{ text: `${'UTC'.padEnd(width)} ${axis(fromMs, shape, cells)}`, tone: 'gap' }],
    ...seen.map((track) =>
      joined([
        { text: `${named(track.dataset, width, glyphs.more)} `, tone: 'name' },
        ...cellsOf(track, shape, fromMs, cells),
      ]),
    ),
    ...(fits
      ? []
      : [
          [
            {
              text: cut(`and ${tracks.length - seen.length} more datasets; t shows all`, columns, glyphs.more),
              tone: 'gap' as const,
            },
          ],
        ]),
  ]
}

// Moments of the pool's data as a table: age first, for that is what is lost.
import type { Looks } from '../steps/looks.ts'
import type { Point } from '../steps/point-answer.ts'
import type { Option } from '../steps/step.ts'
import { oneLine } from '../text/display.ts'
import { age, utcMinute } from '../text/time.ts'
import type { Table } from './table.ts'

const columns = [
  { title: 'AGE', rank: 5 },
  { title: 'MADE (UTC)', rank: 3 },
  { title: 'SNAPSHOT', rank: 6 },
  { title: 'DATASETS', rank: 4 },
  { title: 'KEPT UNTIL', rank: 2 },
]

export const momentTable = (options: readonly Option<unknown>[], { tracks, expires }: Looks, now: Date): Table => ({
  columns,
  rows: options.map(({ value, label }) => {
    // The options of this question have moments as their values.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const point = value as Point
    if (point.way === 'none') return ['', '', oneLine(label), '', '']
    const oldest = point.targets.map((each) => each.createdAt).toSorted()[0] ?? ''
    const end = point.at === 'latest' ? undefined : expires(point.at)
    return [
      age(oldest, now),
      utcMinute(oldest),
      point.at === 'latest' ? "each dataset's newest" : oneLine(point.at),
      `${point.targets.length} of ${tracks.length}`,
      end === undefined ? '' : `${utcMinute(end)}${end <= now ? ' (past)' : ''}`,
    ]
  }),
})

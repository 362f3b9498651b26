// Dumps as a table: age first, for that is what is lost.
import type { Dump } from '../steps/dumps/dump-answer.ts'
import type { Option } from '../steps/step.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { age, utcMinute } from '../text/time.ts'
import type { Table } from './table.ts'

const columns = [
  { title: 'AGE', rank: 9 },
  { title: 'OF (UTC)', rank: 8 },
  { title: 'SIZE', rank: 6 },
  { title: 'OBJECTS', rank: 4 },
  { title: 'KIND', rank: 5 },
  { title: 'STATE', rank: 7 },
  { title: 'FROM', rank: 3 },
  { title: 'CLASS', rank: 1 },
]

// The dump step's options have its answers as their values.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const dumpOf = (value: unknown): Dump => value as Dump

/** In a word or two what the line below says in full. */
function stateOf({ asOf, cold, doubts }: Dump): string {
  if (asOf !== null) return 'older version'
  if (cold > 0) return 'archived'
  return doubts.length > 0 ? 'in doubt' : ''
}

const kindOf = ({ kind, increments }: Dump): string =>
  increments === null ? kind : `${kind} ${increments === 0 ? 'full' : `+${increments}`}`

export const dumpTable = (options: readonly Option<unknown>[], now: Date): Table => ({
  columns,
  details: options.map(({ detail }) => oneLine(detail ?? '')),
  rows: options.map(({ value, disabled }) => {
    const it = dumpOf(value)
    return [
      age(it.at, now),
      utcMinute(it.at),
      bytes(it.bytes),
      String(it.objects),
      kindOf(it),
      disabled === undefined ? stateOf(it) : 'not now',
      oneLine(it.entry ?? it.bucket),
      oneLine(it.storageClass),
    ]
  }),
})

// EBS snapshots as a table: age first, for that is what is lost.
import type { Option } from '../steps/step.ts'
import type { ChosenSnapshot } from '../steps/snapshot.ts'
import { oneLine } from '../text/display.ts'
import { age, utcMinute } from '../text/time.ts'
import type { Table } from './table.ts'

const columns = [
  { title: 'AGE', rank: 8 },
  { title: 'STARTED (UTC)', rank: 7 },
  { title: 'SIZE', rank: 4 },
  { title: 'SNAPSHOT', rank: 6 },
  { title: 'SOURCE VOLUME', rank: 1 },
  { title: 'MADE BY', rank: 3 },
  { title: 'STATE', rank: 5 },
  { title: 'ENCRYPTED', rank: 2 },
]

/** The end of an id tells it apart; the whole is told of the one that is marked. */
const short = (id: string): string => oneLine(id.length > 14 ? `..${id.slice(-8)}` : id)

// The snapshot step's options have its answers as their values.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const snapshotOf = (value: unknown): ChosenSnapshot => value as ChosenSnapshot

/** DLM says so in tags of its own (Amazon Data Lifecycle Manager, "Tag snapshots"). */
function madeBy({ tags, original }: ChosenSnapshot): string {
  if (original) return ''
  const policy = tags['SnapshotPolicy'] ?? tags['aws:dlm:lifecycle-policy-id']
  if (tags['SnapshotCreator'] === 'DLM' || tags['aws:dlm:lifecycle-policy-id'] !== undefined)
    return oneLine(`DLM ${policy ?? ''}`)
  return 'unknown'
}

const stateOf = ({ state, tier }: ChosenSnapshot): string => (tier === 'archive' ? 'archived' : state)

/** What its row has no room for. */
const detailOf = ({ value, detail }: Option<unknown>): string => {
  const { snapshotId, encrypted } = snapshotOf(value)
  return oneLine(`${snapshotId}${encrypted ? ', encrypted' : ''}: ${detail ?? ''}`)
}

export const snapshotTable = (options: readonly Option<unknown>[], now: Date): Table => ({
  columns,
  details: options.map(detailOf),
  rows: options.map(({ value }) => {
    const it = snapshotOf(value)
    return [
      it.original ? 'now' : age(it.startedAt, now),
      it.original ? 'the volume itself' : utcMinute(it.startedAt),
      `${it.sizeGiB} GiB`,
      short(it.snapshotId),
      short(it.volumeId),
      madeBy(it),
      stateOf(it),
      it.encrypted ? 'yes' : '',
    ]
  }),
})

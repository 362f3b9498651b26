// EBS snapshots as a table: age first, for that is what is lost.
import type { Option } from '../steps/step.ts'
import type { ChosenSnapshot } from '../steps/snapshot.ts'
import { oneLine } from '../text/display.ts'
import { age } from '../text/time.ts'
import type { Table } from './table.ts'

const columns = [
  { title: 'AGE', rank: 6 },
  { title: 'STARTED (UTC)', rank: 5 },
  { title: 'SIZE', rank: 2 },
  { title: 'SNAPSHOT', rank: 4 },
  { title: 'MADE BY', rank: 1 },
  { title: 'STATE', rank: 3 },
]

/** DLM says so in tags of its own (Amazon Data Lifecycle Manager, "Tag snapshots"). */
function madeBy({ tags, original }: ChosenSnapshot): string {
  if (original) return ''
  const policy = tags['SnapshotPolicy'] ?? tags['aws:dlm:lifecycle-policy-id']
  if (tags['SnapshotCreator'] === 'DLM' || tags['aws:dlm:lifecycle-policy-id'] !== undefined)
    return oneLine(`DLM ${policy ?? ''}`)
  return 'somebody'
}

const stateOf = ({ state, tier, encrypted, progress }: ChosenSnapshot): string =>
  [
    tier === 'archive' ? 'archived' : state,
    ...(state === 'pending' ? [`${progress} %`] : []),
    ...(encrypted ? ['encrypted'] : []),
  ].join(' ')

export const snapshotTable = (options: readonly Option<unknown>[], now: Date): Table => ({
  columns,
  rows: options.map(({ value }) => {
    // The snapshot step's options have its answers as their values.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const it = value as ChosenSnapshot
    return [
      it.original ? 'now' : age(it.startedAt, now),
      it.original ? 'the volume itself' : it.startedAt.slice(0, 16).replace('T', ' '),
      `${it.sizeGiB} GiB`,
      oneLine(it.snapshotId),
      madeBy(it),
      stateOf(it),
    ]
  }),
})

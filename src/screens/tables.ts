// Which columns the options of a question have.
import type { Question } from '../run/asking.ts'
import { dumpTable } from './dump-table.ts'
import { momentTable } from './moment-table.ts'
import { snapshotTable } from './snapshot.ts'
import { labels, type Table } from './table.ts'

export function tableOf({ step, options, looks }: Pick<Question, 'step' | 'options' | 'looks'>, now: Date): Table {
  if (looks !== undefined) return momentTable(options, looks, now)
  if (step.id === 'dump') return dumpTable(options, now)
  return step.id === 'snapshot' ? snapshotTable(options, now) : labels(options)
}

// Which columns the options of a question have.
import type { Question } from '../run/asking.ts'
import { snapshotTable } from './snapshot.ts'
import { labels, type Table } from './table.ts'

export const tableOf = ({ step, options }: Pick<Question, 'step' | 'options'>, now: Date): Table =>
  step.id === 'snapshot' ? snapshotTable(options, now) : labels(options)

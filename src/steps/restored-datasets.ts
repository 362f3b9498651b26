import { inspectPoolAction } from './inspect-pool.ts'
import { pointKey, targetsOf } from './point-answer.ts'
import { headMoment } from './pool-at-work.ts'
import type { Run } from './step.ts'

export interface RestoredDataset {
  readonly dataset: string
  /** The zfsnap snapshot it stands on, or null for the head. */
  readonly snapshot: string | null
  /** The moment of its data, ISO UTC. */
  readonly createdAt: string
}

/** Each dataset with the moment its data is of. Of a pool that was there before, only what was brought back. */
export function restoredDatasets(run: Run): RestoredDataset[] {
  const point = run.answer(pointKey)
  const targets = targetsOf(point)
  if (run.route === 'local' || point.way === 'files')
    return targets.map(({ dataset, snapshot, createdAt }) => ({ dataset, snapshot, createdAt }))
  const chosen = new Map(targets.map((each) => [each.dataset, each]))
  const head = headMoment(run).at
  return run.effect(inspectPoolAction).datasets.map((dataset) => {
    const target = chosen.get(dataset)
    return { dataset, snapshot: target?.snapshot ?? null, createdAt: target?.createdAt ?? head }
  })
}

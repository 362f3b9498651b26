// What a run of the route has achieved, for its last event.
import { attachVolumeAction } from './attach-volume.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { launchedInstance } from './launch-instance.ts'
import { pointChoice } from './point.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Run } from './step.ts'
import type { Resource } from '../text/errors.ts'

export interface RestoredDataset {
  readonly dataset: string
  /** The zfsnap snapshot it stands on, or null for the head of the EBS snapshot. */
  readonly snapshot: string | null
  /** The moment of its data, ISO UTC. */
  readonly createdAt: string
}

/** Each dataset with the moment its data is of. */
export function restoredDatasets(run: Run): RestoredDataset[] {
  const point = run.answer(pointChoice)
  const head = run.answer(snapshotChoice).startedAt
  const targets = new Map(point.way === 'none' ? [] : point.targets.map((each) => [each.dataset, each]))
  return run.effect(inspectPoolAction).datasets.map((dataset) => {
    const target = targets.get(dataset)
    return { dataset, snapshot: target?.snapshot ?? null, createdAt: target?.createdAt ?? head }
  })
}

/** What is there to stay after a restore. */
export function lastingResources(run: Run): Resource[] {
  const { volumeId } = run.effect(attachVolumeAction)
  const madeByUs = !run.answer(snapshotChoice).original
  const { pool, guid } = run.effect(inspectPoolAction)
  const host = run.host.name
  const instance = launchedInstance(run)
  return [
    ...(instance === undefined
      ? []
      : [{ kind: 'instance', id: instance, region: run.region, host, state: 'running', madeByUs: true } as const]),
    { kind: 'volume', id: volumeId, region: run.region, host, state: 'attached', madeByUs },
    { kind: 'pool', id: `${pool} (GUID ${guid})`, region: null, host, state: 'imported', madeByUs: false },
  ]
}

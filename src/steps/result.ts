// What a run has achieved, for its last event.
import { attachVolumeAction } from './attach-volume.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { launchedInstance } from './launch-instance.ts'
import { pointKey, targetsOf } from './point.ts'
import { headMoment, poolOf } from './pool-at-work.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Run } from './step.ts'
import type { Resource } from '../text/errors.ts'

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

const poolResource = (run: Run): Resource => {
  const { pool, guid } = poolOf(run)
  return {
    kind: 'pool',
    id: `${pool} (GUID ${guid})`,
    region: null,
    host: run.host.name,
    state: 'imported',
    madeByUs: false,
  }
}

/** What is there to stay after a restore. */
export function lastingResources(run: Run): Resource[] {
  if (run.route === 'local') return [poolResource(run)]
  const { volumeId } = run.effect(attachVolumeAction)
  const madeByUs = !run.answer(snapshotChoice).original
  const host = run.host.name
  const instance = launchedInstance(run)
  return [
    ...(instance === undefined
      ? []
      : [{ kind: 'instance', id: instance, region: run.region, host, state: 'running', madeByUs: true } as const]),
    { kind: 'volume', id: volumeId, region: run.region, host, state: 'attached', madeByUs },
    poolResource(run),
  ]
}

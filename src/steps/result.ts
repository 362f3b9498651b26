// What a run has achieved, for its last event.
import { attachVolumeAction } from './attach-volume.ts'
import { afterClone, setAside } from './clone.ts'
import { copiedFiles, copyFilesAction } from './copy-files.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { afterwards } from './hand-over.ts'
import { launchedInstance } from './launch-instance.ts'
import { replacedBy } from './places.ts'
import { pointKey } from './point-answer.ts'
import { poolOf } from './pool-at-work.ts'
import { proveAction } from './prove.ts'
import { afterDump, dumpAside } from './put-in-place.ts'
import { restoredDatasets, type RestoredDataset } from './restored-datasets.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Run } from './step.ts'
import type { Next, Resource } from '../text/errors.ts'

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
function lastingResources(run: Run): Resource[] {
  if (run.flags.scratch) return []
  const host = run.host.name
  const instance = launchedInstance(run)
  const launched: Resource[] =
    instance === undefined
      ? []
      : [{ kind: 'instance', id: instance, region: run.region, host, state: 'running', madeByUs: true }]
  if (run.answer(pointKey).way === 'files') return [...launched, ...copiedFiles(run)]
  if (run.route === 'local') return [poolResource(run), ...setAside(run)]
  const { volumeId } = run.effect(attachVolumeAction)
  const madeByUs = !run.answer(snapshotChoice).original
  return [
    ...launched,
    { kind: 'volume', id: volumeId, region: run.region, host, state: 'attached', madeByUs },
    poolResource(run),
    ...setAside(run),
  ]
}

/** What a run that ended well has achieved. */
export interface Achieved {
  /** When the services, or the copies, were proven. ISO UTC. */
  readonly provenAt: string
  readonly datasets: readonly RestoredDataset[]
  readonly resources: readonly Resource[]
  readonly next: readonly Next[]
}

function achievedByDump(run: Run): Achieved {
  const { at } = run.answer(dumpKey)
  return {
    provenAt: run.effect(proveAction).provenAt,
    datasets: [{ dataset: replacedBy(run), snapshot: null, createdAt: at }],
    resources: dumpAside(run),
    next: afterDump(run),
  }
}

export function achieved(run: Run): Achieved {
  if (run.route === 'dump') return achievedByDump(run)
  const { way } = run.answer(pointKey)
  const { provenAt } = way === 'files' ? run.effect(copyFilesAction) : run.effect(proveAction)
  const next =
    way === 'files' || run.flags.scratch ? [] : [...(run.route === 'local' ? [] : afterwards(run)), ...afterClone(run)]
  return { provenAt, datasets: restoredDatasets(run), resources: lastingResources(run), next }
}

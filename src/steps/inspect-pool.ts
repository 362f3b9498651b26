import { z } from 'zod'
import { listDatasets } from '../remote/zfs/dataset.ts'
import { exportPool, importPool, listPools, poolCondition } from '../remote/zfs/pool.ts'
import { sh } from '../text/quote.ts'
import { findDiskAction } from './find-disk.ts'
import { importRefusal } from './import-errors.ts'
import { devicesOf, otherDisk } from './pool-disk.ts'
import { labelled, readPoolLabel, refuseLooking, takingBack, type Labelled } from './pool-label.ts'
import type { Action, Finding, Run } from './step.ts'

const effect = z.object({
  pool: z.string(),
  guid: z.string(),
  datasets: z.array(z.string()),
  /** Features of the pool that this host does not know: it can be read here, and not written to. */
  readOnlyFeatures: z.array(z.string()).default([]),
})

const lookOnly = ({ altroot, ...stood }: Labelled) => importPool({ ...named(stood), inspection: { altroot } })

/** How a pool is imported under the name that it has here. */
export const named = ({
  pool,
  original,
  guid,
  node,
  force,
}: Omit<Labelled, 'altroot' | 'forceReason' | 'mirrored'>) => ({
  guid,
  node,
  force,
  ...(original === null ? {} : { as: pool }),
})

const ours = async (run: Run, { guid }: Labelled) => (await run.do(listPools())).find((pool) => pool.guid === guid)

/** ZFS takes the other half of a mirror from wherever it is: of another time, it would be written over. @throws Refused */
async function demandAlone(run: Run, { pool, node }: Labelled): Promise<void> {
  const { used, wanted } = await devicesOf(run, pool, node)
  const others = used.filter((device) => device !== wanted)
  if (others.length === 0) return
  await run.do(exportPool(pool))
  refuseLooking(
    'other-half-here',
    `the pool ${pool} is a mirror, and ZFS found its other half on the host too (${others.join(', ')}), of another time than this volume: together they would become one, and one of the two be overwritten`,
    [
      { why: 'see which disk that is', command: run.onHost(sh`lsblk -o NAME,SERIAL,SIZE ${others}`) },
      { why: 'when it has been detached: go on', command: `lifeboat resume ${run.id}` },
      takingBack(run),
    ],
  )
}

/** What the pool tells of itself that is to be known before it is used. */
async function peculiarities(run: Run, pool: string): Promise<Finding[]> {
  const { missing, checkpoint, readOnlyFeatures } = await run.do(poolCondition(pool))
  const said = [
    ...(missing.length === 0
      ? []
      : [
          `the pool ${pool} is degraded: ${missing.join(', ')} is not there. It works on this volume alone; when the data has been proven, take what is missing out of it: zpool detach ${pool} ${missing[0]}`,
        ]),
    ...(checkpoint === null
      ? []
      : [
          `somebody's checkpoint is in the pool (${checkpoint}): no space that is freed comes back while it stands, and its devices can't be changed. When nobody needs it any more: zpool checkpoint -d ${pool}`,
        ]),
    ...(readOnlyFeatures.length === 0
      ? []
      : [
          `the pool uses features that this host's OpenZFS does not know (${readOnlyFeatures.join(', ')}): it can be read here, and not written to`,
        ]),
  ]
  return said.map((message) => ({ level: 'warn', message }))
}

/** Imports the pool read-only, to see what is in it. Nothing is written to the disk. */
export const inspectPoolAction: Action<Labelled, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'inspect-pool',
  version: 1,
  needs: ['find-disk'],
  title: 'look into the pool, read-only',
  why: 'The first import only looks: read-only, nothing mounted, not remembered for the next boot. It writes nothing, not even the intent log is replayed, so every way is still open afterwards. It is done by GUID and from this one disk: two copies of one pool look alike, and ZFS would not say which it took.',
  danger: 'low',
  before: labelled,
  effect,
  holdsUntil: 'import-pool',
  renews: true,
  commands: (run, stood) => [
    lookOnly(
      stood ?? {
        pool: '@inspect-pool.pool',
        original: null,
        guid: '@inspect-pool.guid',
        node: run.later(findDiskAction, 'node'),
        mirrored: false,
        altroot: `/run/lifeboat/${run.id}/look`,
        force: false,
        forceReason: '',
      },
    ),
    ...(stood?.mirrored === true
      ? [{ ...exportPool(stood.pool), onlyIf: 'the other half of the mirror is there too' }]
      : []),
  ],
  survey: readPoolLabel,
  async find(run, stood) {
    const pool = await ours(run, stood)
    if (pool === undefined) return { state: 'absent' }
    if (!pool.readonly)
      return { state: 'foreign', what: `the pool ${pool.name} is imported for writing, which this run has not done` }
    return { state: 'present', effect: await summary(run, stood) }
  },
  async perform(run, stood) {
    await run.do(lookOnly(stood)).catch((error: unknown) => {
      throw importRefusal(run, stood, error)
    })
    if (stood.mirrored) await demandAlone(run, stood)
    return summary(run, stood)
  },
  async verify(run, stood): Promise<Finding[]> {
    const pool = await ours(run, stood)
    if (pool === undefined || !pool.readonly)
      return [{ level: 'error', message: `the pool ${stood.pool} is not imported read-only` }]
    const other = await otherDisk(run, pool.name, stood.node)
    return other === undefined ? peculiarities(run, pool.name) : [{ level: 'error', message: other }]
  },
  undo: {
    commands: (_run, stood) => [exportPool(stood.pool)],
    async perform(run, stood) {
      const pool = await ours(run, stood)
      // Another run's copy has the same GUID, and may be in production by now.
      if (pool !== undefined && (await otherDisk(run, pool.name, stood.node)) === undefined)
        await run.do(exportPool(stood.pool))
    },
  },
  resources: (run, stood) => [
    {
      kind: 'pool',
      id: `${stood.pool} (GUID ${stood.guid})`,
      region: null,
      host: run.host.name,
      state: 'imported read-only',
      madeByUs: true,
    },
  ],
}

async function summary(run: Run, { pool, guid }: Labelled): Promise<z.infer<typeof effect>> {
  const datasets = await run.do(listDatasets(pool))
  const { readOnlyFeatures } = await run.do(poolCondition(pool))
  return { pool, guid, datasets: datasets.map((each) => each.name), readOnlyFeatures: [...readOnlyFeatures] }
}

/** A dataset's name on this host, where the pool is called otherwise here than its owner knows it. */
export function nameHere(run: Run, dataset: string): string {
  if (run.route === 'local') return dataset
  const { pool, original } = run.before(inspectPoolAction)
  if (original === null || (dataset !== original && !dataset.startsWith(`${original}/`))) return dataset
  return `${pool}${dataset.slice(original.length)}`
}

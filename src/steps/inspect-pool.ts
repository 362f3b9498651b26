import { z } from 'zod'
import { describeVolumes } from '../remote/aws/ec2.ts'
import { listIdLinks } from '../remote/linux/disks.ts'
import { listDatasets } from '../remote/zfs/dataset.ts'
import { exportPool, importPool, listPools, poolDevices, readLabel, type PoolLabel } from '../remote/zfs/pool.ts'
import { Refused } from '../text/errors.ts'
import { attachVolumeAction } from './attach-volume.ts'
import { findDiskAction } from './find-disk.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { targetChoice } from './target.ts'

const before = z.object({
  pool: z.string(),
  guid: z.string(),
  node: z.string(),
  altroot: z.string(),
  force: z.boolean(),
  /** Why `-f` is needed and safe, or why it is not needed. */
  forceReason: z.string(),
})

type Before = z.infer<typeof before>

const effect = z.object({ pool: z.string(), guid: z.string(), datasets: z.array(z.string()) })

const refuse = (code: string, message: string): never => {
  throw new Refused({ code, message, notChanged: ['the pool on the new volume was only read'] })
}

/** zdb prints a hostid as a decimal number, hostid(1) as eight hexadecimal digits. */
const hostIdText = (decimal: string): string => Number(decimal).toString(16).padStart(8, '0')

/** `-f` is for a pool that was in use by another host. It is safe when no other host can have this very disk. */
async function forceNeeded(run: Run, label: PoolLabel): Promise<{ force: boolean; forceReason: string }> {
  const exported = 1
  const here = run.answer(targetChoice)
  if (label.state === exported) return { force: false, forceReason: 'the pool was exported' }
  if (label.hostId === null || hostIdText(label.hostId) === here.hostId) {
    return { force: false, forceReason: `the pool was last used by this host (hostid ${here.hostId})` }
  }
  const { volumeId, instanceId } = run.effect(attachVolumeAction)
  const volume = (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)
  const others = volume?.attachments.filter((one) => one.instanceId !== instanceId) ?? []
  if (volume === undefined || volume.multiAttach || others.length > 0) {
    refuse(
      'disk-shared',
      `${volumeId} can be reached by other instances too, and its pool was not exported: importing it here could ruin it`,
    )
  }
  const who = `${label.hostName ?? 'a host'} (hostid ${hostIdText(label.hostId)})`
  return {
    force: true,
    forceReason: `the pool was last used by ${who} and not exported; -f is safe because this copy of it is on ${volumeId}, which ${run.answer(snapshotChoice).original ? '' : 'this run made and which '}is attached to ${instanceId} alone`,
  }
}

async function readBefore(run: Run): Promise<Before> {
  const { node } = run.effect(findDiskAction)
  const label = (await run.do(readLabel(node))) ?? refuse('no-zfs-label', `${node} bears no ZFS label`)
  if (label.topLevelVdevs !== 1) {
    refuse(
      'several-vdevs',
      `the pool ${label.name} has ${label.topLevelVdevs} top-level vdevs, and one volume holds only one of them`,
    )
  }
  if (run.host.pool !== undefined && run.host.pool !== label.name) {
    refuse(
      'other-pool',
      `the pool on the volume is called ${label.name}, and the config says ${run.host.pool}: it may be another host's`,
    )
  }
  for (const pool of await run.do(listPools())) {
    // With the same GUID the copy would be invisible beside the original, and `zpool import` would say nothing.
    if (pool.guid === label.guid)
      refuse('same-pool-imported', `the pool ${pool.name} (GUID ${pool.guid}) is imported on the host already`)
    if (pool.name === label.name) refuse('pool-name-taken', `another pool called ${pool.name} is imported on the host`)
  }
  const force = await forceNeeded(run, label)
  run.finding('info', force.forceReason)
  return { pool: label.name, guid: label.guid, node, altroot: `/run/lifeboat/${run.id}/look`, ...force }
}

const lookOnly = (stood: Before) =>
  importPool({ guid: stood.guid, node: stood.node, force: stood.force, inspection: { altroot: stood.altroot } })

const ours = async (run: Run, { guid }: Before) => (await run.do(listPools())).find((pool) => pool.guid === guid)

/** Copies of a pool have the same GUID: says so when the one that is imported is not on our disk. */
export async function otherDisk(run: Run, pool: string, node: string): Promise<string | undefined> {
  const [used] = await run.do(poolDevices(pool))
  const wanted = (await run.do(listIdLinks())).find((each) => each.link === node)?.device
  return used === wanted ? undefined : `the pool ${pool} uses ${used ?? 'no disk'}, not ${wanted ?? node}`
}

/** Imports the pool read-only, to see what is in it. Nothing is written to the disk. */
export const inspectPoolAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'inspect-pool',
  version: 1,
  needs: ['find-disk'],
  title: 'look into the pool, read-only',
  why: 'The first import only looks: read-only, nothing mounted, not remembered for the next boot. It writes nothing, not even the intent log is replayed, so every way is still open afterwards. It is done by GUID and from this one disk: two copies of one pool look alike, and ZFS would not say which it took.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'import-pool',
  renews: true,
  commands: (run, stood) => [
    lookOnly(
      stood ?? {
        pool: '@inspect-pool.pool',
        guid: '@inspect-pool.guid',
        node: run.later(findDiskAction, 'node'),
        altroot: `/run/lifeboat/${run.id}/look`,
        force: false,
        forceReason: '',
      },
    ),
  ],
  survey: readBefore,
  async find(run, stood) {
    const pool = await ours(run, stood)
    if (pool === undefined) return { state: 'absent' }
    if (!pool.readonly)
      return { state: 'foreign', what: `the pool ${pool.name} is imported for writing, which this run has not done` }
    return { state: 'present', effect: await summary(run, stood) }
  },
  async perform(run, stood) {
    await run.do(lookOnly(stood))
    return summary(run, stood)
  },
  async verify(run, stood): Promise<Finding[]> {
    const pool = await ours(run, stood)
    if (pool === undefined || !pool.readonly)
      return [{ level: 'error', message: `the pool ${stood.pool} is not imported read-only` }]
    const other = await otherDisk(run, pool.name, stood.node)
    return other === undefined ? [] : [{ level: 'error', message: other }]
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

async function summary(run: Run, { pool, guid }: Before): Promise<z.infer<typeof effect>> {
  const datasets = await run.do(listDatasets(pool))
  return { pool, guid, datasets: datasets.map((each) => each.name) }
}

import { z } from 'zod'
import { attachVolume, detachVolume } from '../remote/aws/ec2.ts'
import { listMounts } from '../remote/linux/dataset-users.ts'
import { listDevices, listIdLinks, openFilesBelow, serialOf } from '../remote/linux/disks.ts'
import { stopUnits } from '../remote/linux/units.ts'
import { listDatasets } from '../remote/zfs/dataset.ts'
import { loadKey } from '../remote/zfs/keys.ts'
import { mountAll, mounting } from '../remote/zfs/mounting.ts'
import { exportPool, importAgain, isImportedAtBoot, listPools, poolDevices } from '../remote/zfs/pool.ts'
import { Refused, RemoteCommandError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { mountingsOf } from './busy-blockers.ts'
import { attachmentOn, detach, plug, plugged, volumeNow } from './detach.ts'
import type { PoolThere } from './pools-there.ts'
import { refuse } from './refuse.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { targetChoice } from './target.ts'

const held = z.object({
  pool: z.string(),
  guid: z.string(),
  /** Whether it was to be imported at boot. */
  atBoot: z.boolean(),
  /** What of it was mounted, parents before children, with the dataset whose key it needs. */
  mounted: z.array(mounting.extend({ root: z.string().nullable() })),
  /** Its encryption roots whose keys were loaded. */
  keys: z.array(z.object({ name: z.string(), keyLocation: z.string().nullable() })),
  /** Its devices by names that last. */
  nodes: z.array(z.string()),
  volumes: z.array(z.object({ volumeId: z.string(), device: z.string() })),
})

type Held = z.infer<typeof held>

const before = z.object({ instanceId: z.string(), pools: z.array(held) })

type Before = z.infer<typeof before>

const effect = z.object({ volumes: z.array(z.string()) })

/** The pools that the new volume will be a copy of: they are on the volume that the snapshot is of, or on a copy of it. */
export function originals(run: Run): PoolThere[] {
  const { volumeId } = run.answer(snapshotChoice)
  const lineage = new Set([volumeId, run.host.volume])
  return run
    .answer(targetChoice)
    .pools.filter(({ volumes }) =>
      volumes.some((each) => lineage.has(each.volumeId) || lineage.has(each.origin ?? undefined)),
    )
}

/** Files are copied out beside services that run, and those would be without their pool. @throws PreflightError */
export function demandNoFiles(run: Run): void {
  const [there] = originals(run)
  if (run.flags.way !== 'files' || there === undefined) return
  refuse(
    'pool-imported',
    `the pool ${there.pool} is imported on the host and ${there.health}: its copy can't be imported beside it, and to copy files out it is not taken from its services`,
    [
      {
        why: 'copy them out of the snapshots in the pool itself',
        command: sh`lifeboat restore --host ${run.host.name} --source local --way files --to DIR`,
      },
      {
        why: 'or out of the EBS snapshot onto another host',
        command: sh`lifeboat restore --host ${run.host.name} --launch-template lt-… --way files --to DIR`,
      },
    ],
  )
}

const volumesOf = ({ pools }: Pick<Before, 'pools'>) => pools.flatMap((each) => each.volumes)

const planned = (run: Run): Before => ({
  instanceId: run.answer(targetChoice).instanceId,
  pools: originals(run).map(({ pool, guid, volumes }) => ({
    pool,
    guid,
    atBoot: true,
    mounted: [],
    keys: [],
    nodes: [],
    volumes: volumes.map(({ volumeId, device }) => ({ volumeId, device })),
  })),
})

const leaving = (run: Run, stood: Before) => ({
  stop: run.host.services.length === 0 ? [] : [stopUnits(run.host.services)],
  out: stood.pools.map(({ pool }) => exportPool(pool)),
  unplug: volumesOf(stood).map(({ volumeId }) => detachVolume(volumeId, stood.instanceId)),
})

/** Which of these pools are imported from their own volumes still: a copy has the same GUID. */
async function stillThere(run: Run, { pools }: Before): Promise<Held[]> {
  const imported = await run.do(listPools())
  const disks = await run.do(listDevices())
  const there: Held[] = []
  for (const each of pools) {
    const found = imported.find((pool) => pool.guid === each.guid)
    if (found === undefined) continue
    const devices = await run.do(poolDevices(found.name))
    const serials = new Set(each.volumes.map(({ volumeId }) => serialOf(volumeId)))
    const own = disks.filter((disk) => serials.has(disk.serial ?? '')).flatMap((disk) => [disk, ...disk.children])
    if (devices.some((device) => own.some(({ path }) => path === device))) there.push(each)
  }
  return there
}

async function letGo(run: Run, { pool }: Held): Promise<void> {
  try {
    await run.do(exportPool(pool))
  } catch (error) {
    if (!(error instanceof RemoteCommandError) || !/busy/.test(error.stderrTail)) throw error
    const mountpoints = (await run.do(listDatasets(pool))).filter((each) => each.mounted).map((each) => each.mountpoint)
    const users = await run.do(openFilesBelow(mountpoints))
    throw new Refused(
      {
        code: 'pool-busy',
        message: `the pool ${pool} can't be let go of while it is in use: ${users.slice(0, 5).join(', ') || error.stderrTail.trim()}`,
        notChanged: [`${pool} is imported as before, and no volume was detached`],
        next: [
          {
            why: 'see who uses it, and stop them',
            command: run.onHost(sh`fuser -vm ${mountpoints}`),
          },
          { why: 'then go on', command: `lifeboat resume ${run.id}` },
        ],
      },
      error,
    )
  }
}

async function lookAtPools(run: Run): Promise<Held[]> {
  const links = await run.do(listIdLinks())
  const mounts = await run.do(listMounts())
  const pools: Held[] = []
  for (const each of planned(run).pools) {
    const datasets = await run.do(listDatasets(each.pool))
    const devices = await run.do(poolDevices(each.pool))
    const roots = new Map(datasets.map(({ name, encryptionRoot }) => [name, encryptionRoot]))
    const serials = each.volumes.map(({ volumeId }) => serialOf(volumeId))
    const nodes = devices.map(
      (device) =>
        links.find(({ link, device: to }) => to === device && serials.some((one) => link.includes(one)))?.link,
    )
    pools.push({
      ...each,
      atBoot: await run.do(isImportedAtBoot(each.pool)),
      mounted: mountingsOf(datasets, mounts).map((one) => ({ ...one, root: roots.get(one.dataset) ?? null })),
      keys: datasets
        .filter((one) => one.keyStatus === 'available' && one.encryptionRoot === one.name)
        .map(({ name, keyLocation }) => ({ name, keyLocation })),
      nodes: nodes.flatMap((node) => node ?? []),
    })
  }
  return pools
}

/** The keys that can be had again, and what can be mounted with them. */
function mountable(run: Run, { mounted, keys }: Held) {
  const had = keys.filter((each) => each.keyLocation !== 'prompt' || run.hasSecret(`key:${each.name}`))
  const open = mounted.filter(({ root }) => root === null || had.some((each) => each.name === root))
  return { keys: had, open, left: mounted.length - open.length }
}

const comingBack = (run: Run, stood: Before) => ({
  plug: volumesOf(stood).map(({ volumeId, device }) => attachVolume(volumeId, stood.instanceId, device)),
  enter: stood.pools.map(({ guid, nodes, atBoot }) => importAgain(guid, nodes, { atBoot })),
  mount: stood.pools.flatMap((each) => {
    const { keys, open } = mountable(run, each)
    return [...keys.map(loadKey), ...(open.length === 0 ? [] : [mountAll(open)])]
  }),
})

/** Attaches what was detached, and waits until the host has its disk. */
async function bringBack(run: Run, instanceId: string, { volumeId, device }: Held['volumes'][number]): Promise<void> {
  const place = { volumeId, instanceId, device }
  if (attachmentOn(await volumeNow(run, volumeId), instanceId) === undefined && !(await plug(run, place)))
    throw new Refused({
      code: 'device-taken',
      message: `${device} is in use on ${instanceId}: ${volumeId} stays detached`,
    })
  await plugged(run, place)
  await run.until(`the host to see ${volumeId}`, async () =>
    (await run.do(listIdLinks())).some(({ link }) => link.includes(serialOf(volumeId))) ? true : undefined,
  )
}

/** Lets go of the original pool, so that two copies of one pool are never attached at once. */
export const letGoAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'let-go',
  version: 1,
  needs: ['target', 'snapshot', 'gate'],
  title: 'let go of the pool that is there',
  why: 'A volume made from a snapshot of this very pool carries the same GUID. Side by side ZFS sees only one of the two, and says nothing. So the services stop, the pool is exported and its volume detached before its copy comes. The volume is kept as it is, with its tags: undo attaches it again.',
  danger: 'moderate',
  before,
  effect,
  holdsUntil: 'hand-over',
  aside: true,
  applies: (run) => originals(run).length > 0,
  commands(run, stood = planned(run)) {
    const { stop, out, unplug } = leaving(run, stood)
    return [...stop, ...out, ...unplug]
  },
  async survey(run, previous) {
    // Half let go of, it can't be looked at any more.
    if (previous !== undefined) return previous
    return { instanceId: run.answer(targetChoice).instanceId, pools: await lookAtPools(run) }
  },
  async find(run, stood) {
    for (const { volumeId } of volumesOf(stood))
      if (attachmentOn(await volumeNow(run, volumeId), stood.instanceId) !== undefined) return { state: 'absent' }
    return { state: 'present', effect: { volumes: volumesOf(stood).map((each) => each.volumeId) } }
  },
  async perform(run, stood) {
    for (const command of leaving(run, stood).stop) await run.do(command)
    for (const pool of await stillThere(run, stood)) await letGo(run, pool)
    const again = { why: 'then go on', command: `lifeboat resume ${run.id}` }
    for (const { volumeId } of volumesOf(stood)) await detach(run, { volumeId, instanceId: stood.instanceId }, again)
    return { volumes: volumesOf(stood).map((each) => each.volumeId) }
  },
  async verify(run, stood): Promise<Finding[]> {
    const back: string[] = []
    for (const { volumeId } of volumesOf(stood))
      if (attachmentOn(await volumeNow(run, volumeId), stood.instanceId) !== undefined) back.push(volumeId)
    return back.map((volumeId) => ({ level: 'error', message: `${volumeId} is attached to ${stood.instanceId} again` }))
  },
  undo: {
    commands(run, stood) {
      const { plug: attach, enter, mount } = comingBack(run, stood)
      return [...attach, ...enter, ...mount]
    },
    async perform(run, stood) {
      for (const each of volumesOf(stood)) await bringBack(run, stood.instanceId, each)
      const { enter, mount } = comingBack(run, stood)
      const imported = new Set((await run.do(listPools())).map(({ guid }) => guid))
      for (const [at, command] of enter.entries()) if (!imported.has(stood.pools[at]?.guid ?? '')) await run.do(command)
      for (const command of mount) await run.do(command)
      for (const each of stood.pools)
        if (mountable(run, each).left > 0)
          run.finding('warn', `encrypted datasets of ${each.pool} stay unmounted: their key has to be given again`)
    },
  },
  resources: (run, stood, it) =>
    it === undefined
      ? []
      : volumesOf(stood).map(({ volumeId }) => ({
          kind: 'volume',
          id: volumeId,
          region: run.region,
          host: run.host.name,
          state: 'detached',
          madeByUs: false,
        })),
}

import { z } from 'zod'
import { describeVolumes } from '../remote/aws/ec2.ts'
import { listIdLinks } from '../remote/linux/disks.ts'
import { listDatasets } from '../remote/zfs/dataset.ts'
import {
  exportPool,
  importable,
  importPool,
  listPools,
  poolCondition,
  poolDevices,
  readLabel,
  type PoolLabel,
} from '../remote/zfs/pool.ts'
import { Refused, type Next } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { attachVolumeAction } from './attach-volume.ts'
import { findDiskAction } from './find-disk.ts'
import { importRefusal } from './import-errors.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { targetChoice } from './target.ts'

const before = z.object({
  /** What the pool is called on this host. */
  pool: z.string(),
  /** What it calls itself; null where that is the same. */
  original: z.string().nullable().default(null),
  guid: z.string(),
  node: z.string(),
  /** Whether it is made of more devices than one, which may be on the host too. */
  mirrored: z.boolean().default(false),
  altroot: z.string(),
  force: z.boolean(),
  /** Why `-f` is needed and safe, or why it is not needed. */
  forceReason: z.string(),
})

type Before = z.infer<typeof before>

const effect = z.object({
  pool: z.string(),
  guid: z.string(),
  datasets: z.array(z.string()),
  /** Features of the pool that this host does not know: it can be read here, and not written to. */
  readOnlyFeatures: z.array(z.string()).default([]),
})

const takingBack = (run: Run): Next => ({
  why: 'take back what this run made',
  command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
})

const refuse = (code: string, message: string, next: readonly Next[] = []): never => {
  throw new Refused({ code, message, notChanged: ['the pool on the new volume was only read'], next })
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

/** A volume holds one device. What else a pool needs, it can't have from this one. @throws Refused */
async function demandWhole(run: Run, node: string, label: PoolLabel): Promise<void> {
  const see = { why: 'see what it is made of', command: run.onHost(sh`zpool import -d ${node}`) }
  if (/^d?raidz?/.test(label.topLevelType)) {
    refuse(
      'several-volumes',
      `the pool ${label.name} is a ${label.topLevelType} over several volumes, which have to come from one set of EBS snapshots; Lifeboat brings back pools of one volume`,
      [see, takingBack(run)],
    )
  }
  if (label.topLevelVdevs === 1) return
  if (/^\s*logs\s*$/m.test(await run.do(importable(node)))) {
    refuse(
      'log-device',
      `the pool ${label.name} has a log device, which is not on this volume: what was written in its last seconds may be on that one alone`,
      [
        see,
        {
          why: 'look into it without that device: those seconds are given up where it is imported for writing so',
          command: run.onHost(
            sh`zpool import -N -m -f -R /mnt -o readonly=on -o cachefile=none -d ${node} ${label.guid}`,
          ),
        },
        takingBack(run),
      ],
    )
  }
  refuse(
    'several-vdevs',
    `the pool ${label.name} has ${label.topLevelVdevs} top-level vdevs, and one volume holds only one of them`,
    [see, takingBack(run)],
  )
}

/** What the pool is called here: the name of another one that is imported can't be had twice. @throws Refused */
async function freeName(run: Run, label: PoolLabel): Promise<string> {
  const pools = await run.do(listPools())
  const same = pools.find((each) => each.guid === label.guid)
  if (same !== undefined) {
    // With the same GUID the copy would be invisible beside the original, and `zpool import` would say nothing.
    refuse('same-pool-imported', `the pool ${same.name} (GUID ${same.guid}) is imported on the host already`, [
      {
        why: 'let go of it, if nothing needs it',
        command: run.onHost(sh`zpool export ${same.name}`),
      },
      { why: 'then go on', command: `lifeboat resume ${run.id}` },
      takingBack(run),
    ])
  }
  const taken = (name: string): boolean => pools.some((each) => each.name === name)
  if (!taken(label.name)) return label.name
  if (run.answer(snapshotChoice).original) {
    refuse(
      'pool-name-taken',
      `another pool called ${label.name} is imported on the host, and the original volume's is not given another name`,
      [
        { why: 'let go of the other one, if nothing needs it', command: run.onHost(sh`zpool export ${label.name}`) },
        { why: 'then go on', command: `lifeboat resume ${run.id}` },
      ],
    )
  }
  const free = ['', ...Array.from({ length: 98 }, (_none, at) => `-${at + 2}`)]
    .map((suffix) => `${label.name}-restored${suffix}`)
    .find((name) => !taken(name))
  return free ?? refuse('pool-name-taken', `every name from ${label.name}-restored on is taken on the host`)
}

async function readBefore(run: Run): Promise<Before> {
  const { node } = run.effect(findDiskAction)
  const label = (await run.do(readLabel(node))) ?? refuse('no-zfs-label', `${node} bears no ZFS label`)
  await demandWhole(run, node, label)
  if (run.host.pool !== undefined && run.host.pool !== label.name) {
    refuse(
      'other-pool',
      `the pool on the volume is called ${label.name}, and the config says ${run.host.pool}: it may be another host's`,
    )
  }
  const pool = await freeName(run, label)
  const renamed = pool !== label.name
  if (renamed)
    run.finding(
      'warn',
      `another pool called ${label.name} is imported on the host: this one is called ${pool} from now on`,
    )
  if (label.readable < 4)
    run.finding(
      'warn',
      `only ${label.readable} of the four copies of the pool's label can be read: the disk is damaged`,
    )
  const force = await forceNeeded(run, label)
  run.finding('info', force.forceReason)
  return {
    pool,
    original: renamed ? label.name : null,
    guid: label.guid,
    node,
    mirrored: label.topLevelType !== 'disk',
    altroot: `/run/lifeboat/${run.id}/look`,
    ...force,
  }
}

const lookOnly = ({ altroot, ...stood }: Before) => importPool({ ...named(stood), inspection: { altroot } })

/** How a pool is imported under the name that it has here. */
export const named = ({ pool, original, guid, node, force }: Omit<Before, 'altroot' | 'forceReason' | 'mirrored'>) => ({
  guid,
  node,
  force,
  ...(original === null ? {} : { as: pool }),
})

const ours = async (run: Run, { guid }: Before) => (await run.do(listPools())).find((pool) => pool.guid === guid)

/** The devices that an imported pool uses, and the one that it should. */
async function devicesOf(run: Run, pool: string, node: string) {
  const used = await run.do(poolDevices(pool))
  const link = (await run.do(listIdLinks())).find((each) => each.link === node)
  // A disk that has no lasting name is known by the one it has.
  const wanted = link?.device ?? (node.startsWith('/dev/disk/') ? undefined : node)
  return { used, wanted }
}

/** Copies of a pool have the same GUID: says so when the one that is imported is not on our disk. */
export async function otherDisk(run: Run, pool: string, node: string): Promise<string | undefined> {
  const { used, wanted } = await devicesOf(run, pool, node)
  return wanted !== undefined && used.includes(wanted)
    ? undefined
    : `the pool ${pool} uses ${used[0] ?? 'no disk'}, not ${wanted ?? node}`
}

/** ZFS takes the other half of a mirror from wherever it is: of another time, it would be written over. @throws Refused */
async function demandAlone(run: Run, { pool, node }: Before): Promise<void> {
  const { used, wanted } = await devicesOf(run, pool, node)
  const others = used.filter((device) => device !== wanted)
  if (others.length === 0) return
  await run.do(exportPool(pool))
  refuse(
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
  survey: readBefore,
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

async function summary(run: Run, { pool, guid }: Before): Promise<z.infer<typeof effect>> {
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

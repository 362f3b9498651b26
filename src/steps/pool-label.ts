// What the label of the pool on the new volume tells, read before anything is imported.
import { z } from 'zod'
import { describeVolumes } from '../remote/aws/ec2.ts'
import { importable, listPools, readLabel, type PoolLabel } from '../remote/zfs/pool.ts'
import { Refused, type Next } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { attachVolumeAction } from './attach-volume.ts'
import { findDiskAction } from './find-disk.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Run } from './step.ts'
import { targetChoice } from './target.ts'

/** How the pool is to be imported, and why so. */
export const labelled = z.object({
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

export type Labelled = z.infer<typeof labelled>

export const takingBack = (run: Run): Next => ({
  why: 'take back what this run made',
  command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
})

/** @throws Refused: nothing was written to the volume */
export const refuseLooking = (code: string, message: string, next: readonly Next[] = []): never => {
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
    refuseLooking(
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
    refuseLooking(
      'several-volumes',
      `the pool ${label.name} is a ${label.topLevelType} over several volumes, which have to come from one set of EBS snapshots; Lifeboat brings back pools of one volume`,
      [see, takingBack(run)],
    )
  }
  if (label.topLevelVdevs === 1) return
  if (/^\s*logs\s*$/m.test(await run.do(importable(node)))) {
    refuseLooking(
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
  refuseLooking(
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
    refuseLooking('same-pool-imported', `the pool ${same.name} (GUID ${same.guid}) is imported on the host already`, [
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
    refuseLooking(
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
  return free ?? refuseLooking('pool-name-taken', `every name from ${label.name}-restored on is taken on the host`)
}

/** @throws Refused where this pool can't come from this volume, or not to this host */
export async function readPoolLabel(run: Run): Promise<Labelled> {
  const { node } = run.effect(findDiskAction)
  const label = (await run.do(readLabel(node))) ?? refuseLooking('no-zfs-label', `${node} bears no ZFS label`)
  await demandWhole(run, node, label)
  if (run.host.pool !== undefined && run.host.pool !== label.name) {
    refuseLooking(
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

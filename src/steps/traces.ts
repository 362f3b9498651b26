// What a run has left in the world, as far as it can be told without the run's journal: by tags, the host's lock, its
// gates and units.
import { deleteVolume, describeVolumes, detachVolume, type Volume } from '../remote/aws/ec2.ts'
import type { Command } from '../remote/command.ts'
import { listDevices, serialOf } from '../remote/linux/disks.ts'
import { gateState, liftGates, lockHolder, releaseLock, type GateSet, type GateState } from '../remote/linux/gate.ts'
import { existingFiles, snapshotCronFiles } from '../remote/linux/schedules.ts'
import { unitsAtWork } from '../remote/linux/transient-unit.ts'
import { exportPool, listPools, poolDevices, type Pool } from '../remote/zfs/pool.ts'
import { commandText } from '../remote/remote.ts'
import { oneLine } from '../text/display.ts'
import type { Next, Resource } from '../text/errors.ts'
import type { Run } from './step.ts'
import { tag } from './tags.ts'

export interface Traces {
  /** The run that left them; null where nothing is left. */
  readonly runId: string | null
  /** Who began it, as far as the lock tells. */
  readonly who: string | null
  readonly exists: readonly Resource[]
  /** What would take all of it back by hand, in order. */
  readonly byHand: readonly Next[]
}

const madeBy = (volume: Volume): string | undefined => volume.tags[tag.made]

/** The pools that are imported from one of these volumes. */
async function poolsOn(run: Run, volumes: readonly Volume[]): Promise<Pool[]> {
  const serials = new Map(volumes.map((each) => [serialOf(each.volumeId), each]))
  const disks = (await run.do(listDevices())).filter((disk) => serials.has(disk.serial ?? ''))
  const nodes = new Set(disks.flatMap((disk) => [disk, ...disk.children]).map((each) => each.path))
  const found: Pool[] = []
  for (const pool of await run.do(listPools())) {
    if ((await run.do(poolDevices(pool.name))).some((device) => nodes.has(device))) found.push(pool)
  }
  return found
}

const onHost = (run: Run, command: Command<unknown>): string => run.onHost(commandText(command))

const gateWords = ({ dropIns, covered, liftTimer }: GateState): string =>
  `${dropIns.length} drop-ins, ${covered.length} cron files covered, ${liftTimer ? 'lifted by the host itself in time' : 'not lifted by themselves'}`

/**
 * Looks at tags, lock, gates, pools and units. Changes nothing.
 * @param named the run that is asked for; without it, whichever the host or the tags name
 */
export async function tracesOf(run: Run, named: string | undefined): Promise<Traces> {
  const host = run.host.name
  const holder = await run.do(lockHolder())
  const all = (await run.do(describeVolumes({ [`tag:${tag.host}`]: [host], 'tag-key': [tag.made] }))).filter(
    (each) => each.state !== 'deleting',
  )
  const anyGate = await run.do(gateState({ run: '', backups: [], services: [], cron: [] }))
  const runId = named ?? holder?.run ?? anyGate.heldBy ?? all.map(madeBy).find((each) => each !== undefined) ?? null
  if (runId === null) return { runId, who: null, exists: [], byHand: [] }
  const cron = [...(await run.do(existingFiles(run.host.cron))), ...(await run.do(snapshotCronFiles()))]
  const set: GateSet = { run: runId, backups: run.host.backups, services: run.host.services, cron: [...new Set(cron)] }
  const gates = await run.do(gateState(set))
  const gated = gates.heldBy === runId || gates.dropIns.length > 0
  const volumes = all.filter((each) => madeBy(each) === runId)
  const pools = await poolsOn(run, volumes)
  const units = await run.do(unitsAtWork(runId))
  const locked = holder?.run === runId
  const made = { host, madeByUs: true }
  const exists: Resource[] = [
    ...volumes.map(({ volumeId, state, attachments }): Resource => {
      const where = attachments.map((each) => `${each.state} to ${each.instanceId}`).join(', ')
      return { kind: 'volume', id: volumeId, region: run.region, state: where === '' ? state : where, ...made }
    }),
    ...pools.map(({ name, guid, readonly }): Resource => {
      const state = readonly ? 'imported read-only' : 'imported'
      return { kind: 'pool', id: `${name} (GUID ${guid})`, region: null, state, ...made }
    }),
    ...(gated ? [{ kind: 'gate', id: gateWords(gates), region: null, state: 'closed', ...made } as const] : []),
    ...(locked
      ? [
          {
            kind: 'lock',
            id: `run ${runId}`,
            region: null,
            state: `taken since ${oneLine(holder.since)}`,
            ...made,
          } as const,
        ]
      : []),
    ...units.map((id): Resource => ({ kind: 'unit', id, region: null, state: 'at work', ...made })),
  ]
  const byHand: Next[] = [
    ...pools.map(({ name }) => ({ why: `let go of the pool ${name}`, command: onHost(run, exportPool(name)) })),
    ...volumes.flatMap(({ volumeId, attachments }) => [
      ...attachments.map(({ instanceId }) => ({
        why: `detach ${volumeId}`,
        command: commandText(detachVolume(volumeId, instanceId)),
      })),
      { why: `delete ${volumeId}, with all that was restored to it`, command: commandText(deleteVolume(volumeId)) },
    ]),
    ...(gated ? [{ why: 'open the gates of backups and services', command: onHost(run, liftGates(set)) }] : []),
    ...(locked ? [{ why: 'let go of the lock', command: onHost(run, releaseLock(runId)) }] : []),
  ]
  return { runId, who: locked ? holder.who : null, exists, byHand }
}

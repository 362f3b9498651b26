// What a run has left in the world, as far as it can be told without the run's journal: by tags, the host's lock, its
// gates and units.
import type { Volume } from '../remote/aws/ec2.ts'
import type { Command } from '../remote/command.ts'
import { listDevices, serialOf } from '../remote/linux/disks.ts'
import {
  gateState,
  liftGates,
  lockHolder,
  releaseLock,
  type GateSet,
  type GateState,
  type LockHolder,
} from '../remote/linux/gate.ts'
import { existingFiles, snapshotCronFiles } from '../remote/linux/schedules.ts'
import { unitsAtWork } from '../remote/linux/transient-unit.ts'
import { exportPool, listPools, poolDevices, type Pool } from '../remote/zfs/pool.ts'
import { commandText } from '../remote/remote.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError, type Next, type Resource } from '../text/errors.ts'
import type { Run } from './step.ts'
import { tag } from './tags.ts'
import { leftInPool, madeOn, type LeftInPool } from './traces-in-pool.ts'
import { inAws, madeFor, resourcesOf, tidying } from './traces-in-aws.ts'

export interface Traces {
  /** The run that left them; null where nothing is left. */
  readonly runId: string | null
  /** Who began it, as far as the lock tells. */
  readonly who: string | null
  readonly exists: readonly Resource[]
  /** What would take all of it back by hand, in order. */
  readonly byHand: readonly Next[]
  /** Why the host could not be looked at; null where it was. */
  readonly unseen: string | null
}

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

/** Who holds the host, as the host says. */
const holding = async (run: Run) => ({
  holder: await run.do(lockHolder()),
  heldBy: (await run.do(gateState({ run: '', backups: [], services: [], cron: [] }))).heldBy,
})

/** What a run has left on the host, with the commands that take it back. */
async function onTheHost(run: Run, runId: string, holder: LockHolder | undefined, disks: readonly Volume[]) {
  const cron = [...(await run.do(existingFiles(run.host.cron))), ...(await run.do(snapshotCronFiles()))]
  const set: GateSet = { run: runId, backups: run.host.backups, services: run.host.services, cron: [...new Set(cron)] }
  const gates = await run.do(gateState(set))
  const gated = gates.heldBy === runId || gates.dropIns.length > 0
  const locked = holder?.run === runId
  const pools = await poolsOn(run, disks)
  const others = (await run.do(listPools())).filter((pool) => !pools.some(({ guid }) => guid === pool.guid))
  const inPools: LeftInPool[] = []
  for (const { name } of others) inPools.push(await leftInPool(run, runId, name))
  const units = await run.do(unitsAtWork(runId))
  const there = madeOn(run)
  const exists = [
    ...pools.map(({ name, guid, readonly }) =>
      there('pool', `${name} (GUID ${guid})`, readonly ? 'imported read-only' : 'imported'),
    ),
    ...inPools.flatMap((each) => each.exists),
    ...(gated ? [there('gate', gateWords(gates), 'closed')] : []),
    ...(locked ? [there('lock', `run ${runId}`, `taken since ${oneLine(holder.since)}`)] : []),
    ...units.map((id) => there('unit', id, 'at work')),
  ]
  const letGo = pools.map(({ name }) => ({
    why: `let go of the pool ${name}`,
    command: onHost(run, exportPool(name)),
  }))
  const open = [
    ...inPools.flatMap((each) => each.byHand),
    ...(gated ? [{ why: 'open the gates of backups and services', command: onHost(run, liftGates(set)) }] : []),
    ...(locked ? [{ why: 'let go of the lock', command: onHost(run, releaseLock(runId)) }] : []),
  ]
  return { exists, letGo, open }
}

/**
 * Looks at tags, lock, gates, pools and units. Changes nothing. A host that can't be reached keeps nobody from being told
 * of what is in AWS.
 * @param named the run that is asked for; without it, whichever the host or the tags name
 */
export async function tracesOf(run: Run, named: string | undefined): Promise<Traces> {
  const made = await madeFor(run)
  const reached = await holding(run).catch((error: unknown) => {
    if (error instanceof PreflightError) return error
    throw error
  })
  const host = reached instanceof PreflightError ? null : reached
  const tagged = [...made.instances, ...made.volumes].flatMap(({ tags }) => tags[tag.made] ?? [])[0]
  const runId = named ?? host?.holder?.run ?? host?.heldBy ?? tagged ?? null
  const its = runId === null ? undefined : await inAws(run, runId, made)
  const inCloud = its === undefined ? [] : resourcesOf(run, its)
  if (reached instanceof PreflightError) {
    if (its === undefined || inCloud.length === 0) throw reached
    return { runId, who: null, exists: inCloud, byHand: tidying(its), unseen: reached.message }
  }
  if (runId === null || its === undefined) return { runId, who: null, exists: [], byHand: [], unseen: null }
  const there = await onTheHost(run, runId, reached.holder, [...its.volumes, ...its.originals])
  return {
    runId,
    who: reached.holder?.run === runId ? reached.holder.who : null,
    exists: [...inCloud, ...there.exists],
    byHand: [...there.letGo, ...tidying(its), ...there.open],
    unseen: null,
  }
}

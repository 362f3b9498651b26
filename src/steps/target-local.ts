// The host whose own pool is healthy: its data goes back to one of the pool's own snapshots. AWS is not asked for anything.
import { z } from 'zod'
import { listPools, poolDevices, type Pool } from '../remote/zfs/pool.ts'
import { UsageError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { checkPointFlags } from './point-flags.ts'
import { withoutDisks } from './pools-there.ts'
import { refuse } from './refuse.ts'
import { fact, type Choice, type Finding, type Option, type Run } from './step.ts'
import { lookAtHost, notHeldBack, targetHost, type PoolStates } from './target-host.ts'

const target = targetHost.extend({
  pool: z.object({ pool: z.string(), guid: z.string() }),
  /** When the pool was looked at, ISO UTC: its head is of this moment or later. */
  lookedAt: z.string(),
})

type LocalTarget = z.infer<typeof target>

const instead = (run: Run) => ({
  why: 'bring the data back from an EBS snapshot instead',
  command: sh`lifeboat restore --host ${run.host.name} --source ebs`,
})

function demandWorking(run: Run, states: PoolStates): void {
  const stuck = states.find((each) => each.state === 'SUSPENDED')
  if (stuck === undefined) return
  refuse('pool-suspended', `pool ${stuck.pool} is suspended: its disk went away, and no snapshot in it can be read`, [
    instead(run),
  ])
}

/** ZFS may not have noticed that the disks of a pool are gone. @throws PreflightError */
async function demandDisks(run: Run, pool: string): Promise<void> {
  const lost = await withoutDisks(run, [{ pool, devices: await run.do(poolDevices(pool)) }])
  if (lost.length === 0) return
  refuse('pool-suspended', `the disk of the pool ${pool} went away, whatever ZFS says: no snapshot in it can be read`, [
    instead(run),
  ])
}

/** The pool that is meant: the config's, that of the datasets named, or the only one. @throws UsageError, PreflightError */
function chosenPool(run: Run, pools: readonly Pool[]): Pool {
  const named = run.host.pool ?? run.flags.dataset[0]?.split('/')[0]
  if (pools.length === 0) return refuse('no-pool', 'no pool is imported on the host', [instead(run)])
  const names = pools.map((each) => each.name).join(', ')
  if (named === undefined && pools.length > 1)
    throw new UsageError(`which pool? The host has ${names}: write "pool" into its config, or give --dataset POOL/…`)
  const found = named === undefined ? pools[0] : pools.find((each) => each.name === named)
  return (
    found ??
    refuse('pool-not-imported', `the pool ${named} is not imported on the host (imported: ${names})`, [instead(run)])
  )
}

function demandWritable(run: Run, pool: Pool): void {
  if (!pool.readonly || run.flags.way === 'files') return
  refuse('pool-readonly', `the pool ${pool.name} is imported read-only: nothing in it can be changed`, [
    {
      why: 'files can be copied out of its snapshots all the same',
      command: sh`lifeboat restore --host ${run.host.name} --source local --way files --to DIR`,
    },
  ])
}

/** Which machine gets its data back from a snapshot that it has itself. */
export const localTargetChoice: Choice<LocalTarget> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'Which host gets its data back?',
  flag: '--host',
  answeredBy: ['host', 'takeOver'],
  why: 'The pool is there and healthy, and only what is in it is wrong: then one of its own snapshots is the nearest way back. What would stop that later (no such pool, somebody else at work) is cheaper to find now, while nothing has been changed.',
  danger: () => 'none',
  answer: target,
  async *options(run) {
    const host = yield* lookAtHost(run, { zfs: 'needed', pools: (states) => demandWorking(run, states) })
    const pool = chosenPool(run, await run.do(listPools()))
    await demandDisks(run, pool.name)
    demandWritable(run, pool)
    yield fact(`the pool ${pool.name} is ${pool.health}`)
    const value = { ...host, pool: { pool: pool.name, guid: pool.guid }, lookedAt: run.now().toISOString() }
    yield { kind: 'option', label: run.host.name, value }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (_run, seen: readonly Option<LocalTarget>[]) => seen[0]?.value,
  lasting: (answer) => ({ ...answer, lookedAt: null }),
  async check(run, answer): Promise<Finding[]> {
    checkPointFlags(run, answer.timeZone)
    const pool = (await run.do(listPools())).find((each) => each.guid === answer.pool.guid)
    const degraded: Finding[] =
      pool === undefined || pool.health === 'ONLINE'
        ? []
        : [{ level: 'warn', message: `the pool ${pool.name} is ${pool.health}: see zpool status -v before you go on` }]
    return [...degraded, ...(await notHeldBack(run, answer))]
  },
}

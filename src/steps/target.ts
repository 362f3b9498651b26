import { z } from 'zod'
import { asDryRun } from '../remote/aws/ec2.ts'
import { rebootInstances } from '../remote/aws/power.ts'
import { AwsError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { checkPointFlags } from './point-flags.ts'
import { poolsThere, poolThere, withoutDisks, type PoolThere } from './pools-there.ts'
import { refuse } from './refuse.ts'
import { fact, type Choice, type Option, type Run } from './step.ts'
import { lookAtHost, notHeldBack, targetHost, type PoolStates } from './target-host.ts'
import { missingUsers } from './strangers.ts'
import { lookAtInstance } from './target-instance.ts'

const target = targetHost.extend({
  account: z.string(),
  /** What people call the account; null where it has no alias, or none that could be read. */
  accountAlias: z.string().nullable().default(null),
  instanceId: z.string(),
  instanceType: z.string(),
  zone: z.string(),
  /** Slots for EBS volumes that the type has, or null when AWS doesn't say. */
  maxAttachments: z.number().nullable(),
  /** Whether its disks bear their volume's id as their serial. */
  serials: z.boolean().default(true),
  /** The pool that is suspended, or as good as that: the host has to be rebooted before anything else. */
  suspended: z.string().nullable().default(null),
  /** The pools that are imported. */
  pools: z.array(poolThere).default([]),
})

type Target = z.infer<typeof target>

const healthyOf = (states: PoolStates): string[] =>
  states.filter((each) => each.state !== 'SUSPENDED').map((each) => each.pool)

/**
 * The suspended pool that the host has to be rebooted for; null where there is none.
 * @throws PreflightError where others would go down with it for nothing
 */
export function toRebootFor(run: Run, states: PoolStates, instanceId: string): string | null {
  const stuck = states.filter((each) => each.state === 'SUSPENDED').map((each) => each.pool)
  const [first] = stuck
  if (first === undefined) return null
  const working = healthyOf(states)
  const lost = stuck.find((pool) => pool === run.host.pool) ?? (working.length === 0 ? first : undefined)
  if (lost !== undefined) return lost
  return refuse(
    'pool-suspended',
    `pool ${first} is suspended: its disk went away, and ZFS commands hang until a reboot. ${working.join(', ')} would go down with it, and nothing says that ${first} is the pool to be restored`,
    [
      {
        why: 'when the services on the other pools can be down: reboot the instance, then begin again',
        command: `aws ec2 reboot-instances --instance-ids ${instanceId}`,
      },
      {
        why: 'or restore onto another host',
        command: sh`lifeboat restore --host ${run.host.name} --launch-template lt-…`,
      },
    ],
  )
}

const rebootWords = (run: Run, suspended: string, working: readonly string[]): string =>
  `the disk of the pool ${suspended} went away under it, and ${run.host.name} has to be rebooted${working.length === 0 ? '' : `, which takes ${working.join(', ')} down for a while too`}`

/**
 * What is there, or what the host has to be rebooted for first.
 * @throws PreflightError where others would go down with it for nothing
 */
export async function lookAtPools(run: Run, states: PoolStates, instanceId: string) {
  const suspended = toRebootFor(run, states, instanceId)
  if (suspended !== null) return { suspended, working: healthyOf(states), pools: [] }
  const pools = await poolsThere(run, instanceId)
  const lost = await withoutDisks(run, pools)
  // Pulled while it is written to, a disk's end may never reach ZFS: what writes to the pool waits for ever, and it can't
  // be exported any more, as if it were suspended.
  const really = states.map((each) => (lost.includes(each.pool) ? { ...each, state: 'SUSPENDED' } : each))
  const stuck = toRebootFor(run, really, instanceId)
  return { suspended: stuck, working: healthyOf(really), pools: stuck === null ? pools : [] }
}

/** Of a pool that is not known to be on EBS volumes there would be no way back. @throws PreflightError */
function demandLettable(run: Run, there: readonly PoolThere[], serials: boolean): void {
  const fixed = there.find((each) => each.pool === run.host.pool && each.volumes.length === 0)
  if (fixed === undefined) return
  refuse(
    'pool-imported',
    `the pool ${fixed.pool} is imported on the host and ${fixed.health}, from ${fixed.devices.join(', ')}: its copy can't be imported beside it, and ${serials ? "what is not on EBS volumes of its own can't be detached and kept" : "as the disks bear no serials, which EBS volume is to be detached and kept for it can't be told"}`,
    [
      {
        why: 'if it really is to be replaced, stop its services and let go of it first',
        command: run.onHost(sh`zpool export ${fixed.pool}`),
      },
      {
        why: 'or restore onto another host',
        command: sh`lifeboat restore --host ${run.host.name} --launch-template lt-…`,
      },
    ],
  )
}

/** Whether the reboot would be allowed, tried dry. @throws PreflightError */
async function demandReboot(run: Run, instanceId: string): Promise<void> {
  if (run.host.permission_check === false) return
  await run.do(asDryRun(rebootInstances(instanceId))).catch((error: unknown) => {
    if (!(error instanceof AwsError) || error.missingPermission === null) return
    refuse('permission-missing', `the host has to be rebooted, and the identity lacks ${error.missingPermission}`, [
      {
        why: 'have somebody reboot it who may, then begin again',
        command: `aws ec2 reboot-instances --instance-ids ${instanceId}`,
      },
    ])
  })
}

/** Which machine gets its data back. Everything that could stop the restore there is looked at first. */
export const targetChoice: Choice<Target> = {
  kind: 'choice',
  id: 'target',
  version: 1,
  needs: [],
  question: 'Which host gets its data back?',
  flag: '--host',
  answeredBy: ['host', 'instance', 'takeOver'],
  why: 'The volume must be made in the zone of the instance it is attached to, and everything after that runs on this host. What would stop the restore later (no free slot, no zfs module, somebody else at work, a suspended pool) is cheaper to find now, while nothing has been changed.',
  danger: () => 'none',
  answer: target,
  // IAM may be out of reach at the one look and not at the other.
  lasting: (answer) => ({ ...answer, accountAlias: null }),
  async *options(run) {
    const instance = yield* lookAtInstance(run)
    const { instanceId } = instance
    let states: PoolStates = []
    const host = yield* lookAtHost(run, {
      zfs: 'needed',
      pools: (seen) => {
        states = seen
        toRebootFor(run, seen, instanceId)
      },
    })
    const { suspended, working, pools } = await lookAtPools(run, states, instanceId)
    if (suspended !== null) yield fact(rebootWords(run, suspended, working))
    demandLettable(run, pools, instance.serials)
    for (const { pool, health, volumes } of pools.filter((each) => each.volumes.length > 0))
      yield fact(`the pool ${pool} is ${health}, on ${volumes.map((each) => each.volumeId).join(', ')}`)
    yield { kind: 'option', label: run.host.name, value: { ...host, ...instance, suspended, pools } }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (_run, seen: readonly Option<Target>[]) => seen[0]?.value,
  async check(run, answer) {
    checkPointFlags(run, answer.timeZone)
    if (answer.suspended !== null) await demandReboot(run, answer.instanceId)
    return [...(await notHeldBack(run, answer)), ...(await missingUsers(run))]
  },
}

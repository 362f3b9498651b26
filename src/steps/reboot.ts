import { z } from 'zod'
import { rebootInstances } from '../remote/aws/power.ts'
import { bootId } from '../remote/linux/facts.ts'
import { poolStates } from '../remote/zfs/pool.ts'
import { Refused } from '../text/errors.ts'
import { closing, gateAction } from './gate.ts'
import type { Action, Finding, Run } from './step.ts'
import { targetChoice } from './target.ts'

const before = z.object({ instanceId: z.string(), bootId: z.string(), pool: z.string() })

type Before = z.infer<typeof before>

const effect = z.object({ bootId: z.string() })

/** EC2 cuts the power of what has not shut down after some minutes, as a host with a suspended pool may not. */
const patienceMs = 1_200_000

const restarting = (run: Run) => ({
  restart: rebootInstances(run.answer(targetChoice).instanceId),
  // Before it is closed for the first time, the gate itself has shown how.
  gates: run.began('gate') ? closing(run, run.before(gateAction)) : [],
})

/** @throws Refused: nothing was lost, so nothing is to be put in its place unasked */
function cameBack(run: Run, pool: string): never {
  throw new Refused({
    code: 'pool-came-back',
    message: `the pool ${pool} came back with the reboot: its disk is there again, and may hold more than any backup`,
    notChanged: ['nothing was attached, and the pool is as the reboot left it', 'the services are still held back'],
    next: [
      { why: 'see how it is', command: run.onHost('zpool status -v') },
      {
        why: 'let the services run on it again',
        command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
      },
    ],
  })
}

/** Reboots a host on which a suspended pool makes every ZFS command hang. */
export const rebootAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'reboot',
  version: 1,
  needs: ['target', 'gate'],
  title: 'reboot the host',
  why: 'A pool whose disk went away under it is suspended: every command that asks ZFS for anything waits for that disk, and so does letting go of the pool. Only a reboot ends that. It is asked of EC2, which cuts the power where the host can not shut down by itself. The restored services are held back over it; what holds backups and schedules back is looked after first thing when the host is back.',
  danger: 'moderate',
  before,
  effect,
  holdsUntil: 'create-volume',
  aside: true,
  applies: (run) => run.answer(targetChoice).suspended !== null,
  commands(run) {
    const { restart, gates } = restarting(run)
    return [restart, ...gates]
  },
  async survey(run, previous) {
    const { instanceId, suspended } = run.answer(targetChoice)
    return previous ?? { instanceId, bootId: await run.do(bootId()), pool: suspended ?? '' }
  },
  async find(run, stood) {
    return (await run.do(bootId())) === stood.bootId
      ? { state: 'absent' }
      : { state: 'partial', what: 'the host was rebooted, and is to be held back again' }
  },
  async perform(run, stood) {
    const { restart, gates } = restarting(run)
    if ((await run.do(bootId())) === stood.bootId) await run.do(restart)
    const now = await run.until(
      `${run.host.name} to come back from its reboot`,
      async () => {
        const booted = await run.do(bootId())
        return booted === stood.bootId ? undefined : booted
      },
      { everyMs: 2000, withinMs: patienceMs },
    )
    for (const command of gates) await run.do(command)
    return { bootId: now }
  },
  async verify(run, stood): Promise<Finding[]> {
    const states = await run.do(poolStates())
    const stuck = states.find((each) => each.state === 'SUSPENDED')
    if (stuck !== undefined) return [{ level: 'error', message: `the pool ${stuck.pool} is suspended again` }]
    return states.some((each) => each.pool === stood.pool) ? cameBack(run, stood.pool) : []
  },
}

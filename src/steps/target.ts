import { z } from 'zod'
import { sh } from '../text/quote.ts'
import { checkPointFlags } from './point-flags.ts'
import { refuse } from './refuse.ts'
import type { Choice, Option, Run } from './step.ts'
import { lookAtHost, notHeldBack, targetHost } from './target-host.ts'
import { lookAtInstance } from './target-instance.ts'

const target = targetHost.extend({
  account: z.string(),
  instanceId: z.string(),
  instanceType: z.string(),
  zone: z.string(),
  /** Slots for EBS volumes that the type has, or null when AWS doesn't say. */
  maxAttachments: z.number().nullable(),
})

type Target = z.infer<typeof target>

/** A pool that stands in the way of its own copy. @throws PreflightError */
export const demandRoom =
  (run: Run, instanceId: string) =>
  (states: readonly { readonly pool: string; readonly state: string }[]): void => {
    const stuck = states.find((each) => each.state === 'SUSPENDED')
    if (stuck !== undefined) {
      refuse(
        'pool-suspended',
        `pool ${stuck.pool} is suspended: its disk went away, and ZFS commands hang until a reboot`,
        [
          {
            why: 'reboot the instance, then begin again',
            command: `aws ec2 reboot-instances --instance-ids ${instanceId}`,
          },
        ],
      )
    }
    const healthy = states.find((each) => each.pool === run.host.pool)
    if (healthy !== undefined) {
      refuse(
        'pool-imported',
        `the pool ${healthy.pool} is imported on the host and ${healthy.state}: it is not lost, and its copy can't be imported beside it`,
        [
          {
            why: 'if it really is to be replaced, stop its services and let go of it first',
            command: run.onHost(sh`zpool export ${healthy.pool}`),
          },
        ],
      )
    }
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
  async *options(run) {
    const instance = yield* lookAtInstance(run)
    const host = yield* lookAtHost(run, demandRoom(run, instance.instanceId))
    yield { kind: 'option', label: run.host.name, value: { ...host, ...instance } }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (_run, seen: readonly Option<Target>[]) => seen[0]?.value,
  async check(run, answer) {
    checkPointFlags(run, answer.timeZone)
    return notHeldBack(run, answer)
  },
}

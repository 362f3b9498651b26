import { z } from 'zod'
import { checkPointFlags } from './point-flags.ts'
import type { Choice, Option } from './step.ts'
import { lookAtHost, notHeldBack } from './target-host.ts'
import { lookAtInstance } from './target-instance.ts'

const target = z.object({
  host: z.string(),
  account: z.string(),
  instanceId: z.string(),
  instanceType: z.string(),
  zone: z.string(),
  /** Slots for EBS volumes that the type has, or null when AWS doesn't say. */
  maxAttachments: z.number().nullable(),
  hostId: z.string(),
  hostName: z.string(),
  timeZone: z.string(),
  zfs: z.string(),
  /** The backup units that the host has, of those that the config names. */
  backups: z.array(z.string()),
  /** The cron files whose lines must not run meanwhile: the config's, and those that make or expire snapshots. */
  cron: z.array(z.string()),
  /** The run from which the host is taken over, where it held the host's lock. */
  takesOver: z.string().nullable().default(null),
})

type Target = z.infer<typeof target>

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
    const host = yield* lookAtHost(run, instance.instanceId)
    yield { kind: 'option', label: run.host.name, value: { host: run.host.name, ...instance, ...host } }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (_run, seen: readonly Option<Target>[]) => seen[0]?.value,
  async check(run, answer) {
    checkPointFlags(run.flags, answer.timeZone)
    return notHeldBack(run, answer)
  },
}

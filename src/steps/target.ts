import { z } from 'zod'
import { callerIdentity, describeInstance, describeInstanceType, describeVolumes } from '../remote/aws/ec2.ts'
import { hostFacts, neededTools } from '../remote/linux/facts.ts'
import { lockHolder } from '../remote/linux/gate.ts'
import { existingFiles, snapshotCrontabLines, snapshotCronFiles } from '../remote/linux/schedules.ts'
import { listTimers, unitStates } from '../remote/linux/units.ts'
import { poolStates } from '../remote/zfs/pool.ts'
import { oneLine } from '../text/display.ts'
import { PreflightError, RemoteCommandError, UsageError } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import { launchedInstance } from './launch-instance.ts'
import { checkPointFlags } from './point-flags.ts'
import { fact, type Choice, type Fact, type Finding, type Option, type Run } from './step.ts'
import { tag } from './tags.ts'

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

const refuse = (code: string, message: string, next: { why: string; command: string }[] = []): never => {
  throw new PreflightError({ code, message, notChanged: ['nothing was changed'], next })
}

async function* lookAtInstance(
  run: Run,
): AsyncGenerator<Fact, Pick<Target, 'account' | 'instanceId' | 'instanceType' | 'zone' | 'maxAttachments'>> {
  const instanceId = launchedInstance(run) ?? run.flags.instance ?? run.host.instance
  if (instanceId === undefined)
    throw new UsageError(`which instance is ${run.host.name}? Give --instance i-… or write "instance" into its config`)
  const { account, arn } = await run.do(callerIdentity())
  yield fact(`AWS account ${account} as ${arn}, region ${run.region}`)
  const instance = await run.do(describeInstance(instanceId))
  if (instance === undefined) return refuse('instance-not-found', `there is no instance ${instanceId} in ${run.region}`)
  if (instance.state !== 'running') {
    return refuse(
      'instance-not-running',
      `instance ${instanceId} is ${instance.state}, and a restore needs it running`,
      [{ why: 'start it', command: `aws ec2 start-instances --instance-ids ${instanceId}` }],
    )
  }
  const limits = await run.do(describeInstanceType(instance.type))
  yield fact(
    `instance ${instanceId} is running: ${instance.type} in ${instance.zone}, volumes attached: ${instance.disks.length}`,
  )
  if (!limits.nvme)
    refuse('no-nvme', `${instance.type} shows no disk serials, and Lifeboat finds its volume by serial only`)
  if (limits.attachments !== null && instance.disks.length >= limits.attachments) {
    refuse(
      'attachment-limit',
      `${instanceId} has ${instance.disks.length} of ${limits.attachments} volumes attached, and one more is needed`,
    )
  }
  const inFlight = await run.do(describeVolumes({ [`tag:${tag.host}`]: [run.host.name], 'tag-key': [tag.made] }))
  for (const volume of inFlight) {
    const other = volume.tags[tag.made] ?? ''
    if (other === run.id || volume.state === 'deleting') continue
    if (other === run.flags.takeOver) {
      run.finding('warn', `${volume.volumeId}, which run ${other} made, is left as it is (${volume.state})`)
      continue
    }
    refuse('run-in-flight', `run ${other} has made ${volume.volumeId} for ${run.host.name} and is not finished`, [
      { why: 'go on with it, on the machine it was begun on', command: `lifeboat resume ${other}` },
      { why: 'or take back what it made', command: `lifeboat undo ${other} --confirm ${run.host.name}` },
      elsewhere(run, other),
    ])
  }
  return { account, instanceId, instanceType: instance.type, zone: instance.zone, maxAttachments: limits.attachments }
}

const elsewhere = (run: Run, other: string) => ({
  why: 'or, where that machine is gone: see what is left of it, and what to do about it',
  command: `lifeboat resume ${other} --host ${run.host.name}`,
})

/** Somebody else's lock is respected, unless it is taken over by name. @returns the run it is taken over from */
async function otherHolder(run: Run): Promise<string | null> {
  const holder = await run.do(lockHolder())
  if (holder === undefined || holder.run === run.id) return null
  const who = `${oneLine(holder.who)} is restoring this host since ${oneLine(holder.since)} (run ${oneLine(holder.run)})`
  if (holder.run === run.flags.takeOver) {
    run.finding('warn', `${who}: the host is taken over from them`)
    return holder.run
  }
  return refuse('host-locked', who, [
    elsewhere(run, holder.run),
    {
      why: `or, when ${oneLine(holder.who)} has agreed or can't be asked: take the host over`,
      command: `lifeboat restore --host ${run.host.name} --take-over ${holder.run}`,
    },
  ])
}

async function* lookAtHost(
  run: Run,
): AsyncGenerator<Fact, Pick<Target, 'hostId' | 'hostName' | 'timeZone' | 'zfs' | 'backups' | 'cron' | 'takesOver'>> {
  const facts = await run.do(hostFacts()).catch((error: unknown) => {
    if (!(error instanceof RemoteCommandError) || !/sudo/.test(error.stderrTail)) throw error
    return refuse(
      'sudo-refused',
      `the login on ${run.host.name} may not become root without a password: ${oneLine(error.stderrTail)}`,
    )
  })
  yield fact(`host answers: ${facts.hostName}, hostid ${facts.hostId}, time zone ${facts.timeZone}`)
  const missing = neededTools.filter((tool) => !facts.tools.includes(tool))
  if (missing.length > 0) refuse('tools-missing', `the host lacks ${missing.join(', ')}`)
  const zfs = facts.zfs ?? refuse('no-zfs', 'the host has no zfs kernel module that could be loaded')
  yield fact(`OpenZFS ${zfs}`)
  const states = await run.do(poolStates())
  const stuck = states.find((each) => each.state === 'SUSPENDED')
  if (stuck !== undefined) {
    refuse(
      'pool-suspended',
      `pool ${stuck.pool} is suspended: its disk went away, and ZFS commands hang until a reboot`,
      [
        {
          why: 'reboot the instance, then begin again',
          command: `aws ec2 reboot-instances --instance-ids ${run.host.instance ?? 'i-…'}`,
        },
      ],
    )
  }
  yield fact(
    states.length === 0
      ? 'no pool is imported'
      : `imported: ${states.map((each) => `${each.pool} ${each.state}`).join(', ')}`,
  )
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
  const units = await run.do(unitStates(run.host.services))
  for (const unit of units) {
    if (unit.load === 'not-found')
      refuse('service-not-found', `the host has no unit ${unit.unit}, which its config names as a service`)
    yield fact(`${unit.unit} is ${unit.active}`)
  }
  const cron = [...new Set([...(await run.do(existingFiles(run.host.cron))), ...(await run.do(snapshotCronFiles()))])]
  const backups = (await run.do(unitStates(run.host.backups)))
    .filter((unit) => unit.load !== 'not-found')
    .map((unit) => unit.unit)
  const held = [...backups, ...cron]
  yield fact(
    held.length === 0 ? 'no backup or snapshot schedule is to be held back' : `will be held back: ${held.join(', ')}`,
  )
  const takesOver = await otherHolder(run)
  return { hostId: facts.hostId, hostName: facts.hostName, timeZone: facts.timeZone, zfs, backups, cron, takesOver }
}

const looksLikeBackup = /backup|dump|borg|restic|duplicity|snapshot/i

/** What may run in the middle of the restore all the same. */
async function notHeldBack(run: Run, { backups, cron }: Target): Promise<Finding[]> {
  const absent = run.host.backups.filter((unit) => !backups.includes(unit))
  const noFiles = run.host.cron.filter((file) => !cron.includes(file))
  const timers = (await run.do(listTimers())).filter(
    ({ activates }) => looksLikeBackup.test(activates) && !backups.includes(activates),
  )
  const lines = await run.do(snapshotCrontabLines())
  return [
    ...absent.map((unit) => `the host has no unit ${unit}, which the config names as a backup`),
    ...noFiles.map((file) => `the host has no file ${file}, which the config names under "cron"`),
    ...timers.map(
      ({ timer, activates }) =>
        `${timer} starts ${activates}, which the config does not name under "backups": it is not held back`,
    ),
    ...lines.map((line) => `a user's own crontab is not held back: ${oneLine(line)}`),
  ].map((message) => ({ level: 'warn', message }))
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
    const host = yield* lookAtHost(run)
    yield { kind: 'option', label: run.host.name, value: { host: run.host.name, ...instance, ...host } }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (_run, seen: readonly Option<Target>[]) => seen[0]?.value,
  async check(run, answer) {
    checkPointFlags(run.flags, answer.timeZone)
    return notHeldBack(run, answer)
  },
}

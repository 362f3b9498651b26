// The instance behind the host that gets its data back, as AWS tells of it.
import { accountAlias } from '../remote/aws/account.ts'
import { callerIdentity, describeInstance, describeInstanceType, describeVolumes } from '../remote/aws/ec2.ts'
import { oneLine } from '../text/display.ts'
import { AwsError, PreflightError, UsageError } from '../text/errors.ts'
import { launchedInstance } from './launch-instance.ts'
import { afterOther } from './other-run.ts'
import { refuse } from './refuse.ts'
import { fact, type Fact, type Run } from './step.ts'
import { tag } from './tags.ts'

export interface TargetInstance {
  readonly account: string
  /** What people call the account; null where it has no alias, or none that could be read. */
  readonly accountAlias: string | null
  readonly instanceId: string
  readonly instanceType: string
  readonly zone: string
  /** Slots for EBS volumes that the type has, or null when AWS doesn't say. */
  readonly maxAttachments: number | null
  /** Whether its disks bear their volume's id as their serial (Nitro); on Xen they bear none. */
  readonly serials: boolean
}

/** A courtesy: whatever AWS says instead of an alias, there is none. */
async function aliasOf(run: Run): Promise<string | null> {
  if (run.host.account_alias === false) return null
  return run.do(accountAlias()).catch((error: unknown) => {
    if (error instanceof AwsError || error instanceof PreflightError) return null
    throw error
  })
}

/** Looks at the instance, and for what would keep a volume from being attached to it. @throws PreflightError, UsageError */
export async function* lookAtInstance(run: Run): AsyncGenerator<Fact, TargetInstance> {
  const instanceId = launchedInstance(run) ?? run.flags.instance ?? run.host.instance
  if (instanceId === undefined)
    throw new UsageError(`which instance is ${run.host.name}? Give --instance i-… or write "instance" into its config`)
  const { account, arn } = await run.do(callerIdentity())
  const alias = await aliasOf(run)
  const named = alias === null ? account : `${oneLine(alias)} ${account}`
  yield fact(`AWS account ${named} as ${arn}, region ${run.region}`)
  const instance = await run.do(describeInstance(instanceId)).catch((error: unknown) => {
    if (error instanceof AwsError && error.code.startsWith('InvalidInstanceID')) return undefined
    throw error
  })
  if (instance === undefined) {
    return refuse('instance-not-found', `there is no instance ${instanceId} in ${run.region}`, [
      {
        why: 'see which there are',
        command: `aws ec2 describe-instances --region ${run.region} --query 'Reservations[].Instances[].[InstanceId,State.Name,Tags]'`,
      },
    ])
  }
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
    yield fact(
      `${instance.type} shows no disk serials: the new disk is told by what was there before, its size and label`,
    )
  if (limits.attachments !== null && instance.disks.length >= limits.attachments) {
    refuse(
      'attachment-limit',
      `${instanceId} has ${instance.disks.length} of ${limits.attachments} volumes attached, and one more is needed`,
      [
        {
          why: 'see which, and detach one that is not needed',
          command: `aws ec2 describe-volumes --filters Name=attachment.instance-id,Values=${instanceId}`,
        },
      ],
    )
  }
  const inFlight = await run.do(describeVolumes({ [`tag:${tag.host}`]: [run.host.name], 'tag-key': [tag.made] }))
  for (const volume of inFlight) {
    const other = volume.tags[tag.made] ?? ''
    if (other === run.id || volume.state === 'deleting') continue
    if (other === run.flags.takeOver) {
      run.finding('warn', `${volume.volumeId}, which run ${oneLine(other)} made, is left as it is (${volume.state})`)
      continue
    }
    refuse(
      'run-in-flight',
      `run ${oneLine(other)} has made ${volume.volumeId} for ${run.host.name} and is not finished`,
      afterOther(run, other),
    )
  }
  return {
    account,
    accountAlias: alias,
    instanceId,
    instanceType: instance.type,
    zone: instance.zone,
    maxAttachments: limits.attachments,
    serials: limits.nvme,
  }
}

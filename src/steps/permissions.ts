// Whether AWS would allow everything that a restore asks it for, tried dry before anything is changed.
import {
  asDryRun,
  attachVolume,
  callerIdentity,
  createTags,
  deleteTags,
  deleteVolume,
  describeInstance,
  detachVolume,
} from '../remote/aws/ec2.ts'
import { deleteSecurityGroup, describeSecurityGroups } from '../remote/aws/security-groups.ts'
import type { AwsCommand } from '../remote/command.ts'
import { AwsError, PreflightError, type Next } from '../text/errors.ts'
import { creation, volumeFrom } from './create-volume.ts'
import { refusalOf } from './create-volume-errors.ts'
import { scratchOf } from './launch-answer.ts'
import { launches, noCapacity } from './launch-instance.ts'
import { closingGroup, groupCreation } from './security-group.ts'
import { securing } from './snapshot-original.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Finding, Run } from './step.ts'
import { tag } from './tags.ts'
import { targetChoice } from './target.ts'
import { volumeChoice } from './volume.ts'

/** What came of a dry run. `refused`: allowed, but it would fail for another reason. */
type Tried =
  | { readonly outcome: 'allowed' }
  | { readonly outcome: 'denied'; readonly permission: string }
  | { readonly outcome: 'refused'; readonly error: AwsError }

// AWS looks at permissions first: who is told this about a stand-in would have been allowed to do it.
const aboutTheStandIn =
  /^(VolumeInUse|Incorrect\w*State|OperationNotPermitted|UnsupportedOperation|Invalid.*|AttachmentLimitExceeded|CannotDelete)$/

async function tryDry(run: Run, command: AwsCommand<unknown>): Promise<Tried> {
  try {
    await run.do(asDryRun(command))
    return { outcome: 'allowed' }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.code === 'DryRunOperation') return { outcome: 'allowed' }
    if (error.missingPermission !== null) return { outcome: 'denied', permission: error.missingPermission }
    return { outcome: 'refused', error }
  }
}

/** The calls that need a volume which is not there yet, on the instance's root volume: nothing happens to it. */
async function onStandIn(run: Run, original: boolean): Promise<AwsCommand<unknown>[]> {
  const { instanceId } = run.answer(targetChoice)
  // The first disk of an instance is its root.
  const root = (await run.do(describeInstance(instanceId)))?.disks[0]?.volumeId
  if (root === undefined) return []
  return [
    attachVolume(root, instanceId, run.answer(volumeChoice).device),
    detachVolume(root, instanceId),
    ...(original ? [] : [deleteVolume(root)]),
    createTags(root, { [tag.host]: run.host.name }),
    deleteTags(root, [tag.made]),
  ]
}

/** An assumed role's session has no policies of its own: those of its role count. */
const policySource = (arn: string): string =>
  arn.replace(/^(arn:[\w-]+):sts:(:\d+):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:role/$3')

async function missing(run: Run, permissions: readonly string[]): Promise<PreflightError> {
  const { arn } = await run.do(callerIdentity())
  const next: Next[] = [
    {
      why: "see what the identity's policies allow",
      command: `aws iam simulate-principal-policy --policy-source-arn ${policySource(arn)} --action-names ${permissions.join(' ')}`,
    },
  ]
  return new PreflightError({
    code: 'permission-missing',
    message: `${arn} lacks ${permissions.join(', ')}. If its policy allows these only on what carries Lifeboat's tags, say so in the config: permission_check = false under [aws]`,
    notChanged: ['nothing was changed'],
    next,
  })
}

const untried = {
  level: 'warn',
  message: 'what AWS allows was not tried: permission_check is false in the config',
} as const

/** Tries the first of these launches dry. @throws PreflightError naming what is missing, or AWS's own refusal */
export async function checkLaunch(run: Run, wanted: readonly AwsCommand<unknown>[]): Promise<Finding[]> {
  if (run.host.permission_check === false) return [untried]
  for (const command of wanted.slice(0, 1)) {
    const tried = await tryDry(run, command)
    if (tried.outcome === 'denied') throw await missing(run, [tried.permission])
    // A full zone is no obstacle: there are others.
    if (tried.outcome === 'refused' && !noCapacity.has(tried.error.code)) throw tried.error
  }
  return [{ level: 'info', message: 'AWS would allow the launch (tried dry)' }]
}

/** The rules of a security group that is not there yet are tried on the VPC's default one: nothing happens to it. */
async function onDefaultGroup(run: Run, vpcId: string): Promise<{ groupId: string; calls: AwsCommand<unknown>[] }> {
  const wanted = { 'vpc-id': [vpcId], 'group-name': ['default'] }
  const groupId = (await run.do(describeSecurityGroups(wanted))).at(0)?.groupId ?? 'sg-00000000'
  const { noEgress, ssh } = closingGroup(run, groupId)
  return { groupId, calls: [noEgress, ssh, deleteSecurityGroup(groupId)] }
}

/** Tries dry what a drill will make first. @throws PreflightError naming all that is missing, or AWS's own refusal */
export async function checkScratch(run: Run): Promise<Finding[]> {
  if (run.host.permission_check === false) return [untried]
  const { scratch, placements } = scratchOf(run)
  const { groupId, calls } = await onDefaultGroup(run, scratch.vpcId)
  const volume = volumeFrom(run, { ...scratch, zone: placements[0]?.zone ?? '' })
  const tried: Tried[] = []
  for (const command of [groupCreation(run), ...calls, ...launches(run, groupId).slice(0, 1), volume])
    tried.push(await tryDry(run, command))
  const denied = tried.flatMap((each) => (each.outcome === 'denied' ? [each.permission] : []))
  if (denied.length > 0) throw await missing(run, [...new Set(denied)])
  for (const each of tried) {
    if (each.outcome !== 'refused') continue
    // A full zone is no obstacle: there are others.
    if (!aboutTheStandIn.test(each.error.code) && !noCapacity.has(each.error.code)) throw each.error
  }
  return [{ level: 'info', message: 'AWS would allow what the drill makes first (tried dry)' }]
}

/** Tries dry what the steps will ask of AWS. @throws PreflightError naming all that is missing, or why it would fail */
export async function checkPermissions(run: Run): Promise<Finding[]> {
  if (run.host.permission_check === false) return [untried]
  const { original } = run.answer(snapshotChoice)
  const making: AwsCommand<unknown>[] = original ? securing(run, undefined) : [creation(run, run.newId())]
  const made: Tried[] = []
  for (const command of making) made.push(await tryDry(run, command))
  const standIn: Tried[] = []
  for (const command of await onStandIn(run, original)) standIn.push(await tryDry(run, command))
  const denied = [...made, ...standIn].flatMap((each) => (each.outcome === 'denied' ? [each.permission] : []))
  if (denied.length > 0) throw await missing(run, [...new Set(denied)])
  for (const each of made) {
    if (each.outcome !== 'refused') continue
    const refusal = refusalOf(run, each.error)
    if (refusal === undefined) throw each.error
    throw new PreflightError({ ...refusal, notChanged: ['nothing was changed'] }, each.error)
  }
  for (const each of standIn) {
    if (each.outcome === 'refused' && !aboutTheStandIn.test(each.error.code)) throw each.error
  }
  return [{ level: 'info', message: 'AWS would allow what these steps ask of it (tried dry)' }]
}

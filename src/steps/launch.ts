import { describeInstance } from '../remote/aws/ec2.ts'
import {
  describeOfferings,
  describeSubnets,
  describeTemplate,
  type LaunchTemplate,
  type Placement,
  type Subnet,
} from '../remote/aws/launch.ts'
import { oneLine } from '../text/display.ts'
import { AwsError, UsageError } from '../text/errors.ts'
import { recoveryLaunch, type RecoveryLaunch } from './launch-answer.ts'
import { refuseOtherLaunch } from './other-run.ts'
import { checkPointFlags } from './point-flags.ts'
import { refuse } from './refuse.ts'
import { fact, type Choice, type Fact, type Finding, type Option, type Run } from './step.ts'

/** The template of this name. @throws UsageError, PreflightError */
export async function templateOf(run: Run, called: string): Promise<LaunchTemplate> {
  const [, templateId = '', version = '$Default'] = /^(lt-[0-9a-f]{8,17})(?::(\$?\w+))?$/.exec(called) ?? []
  if (templateId === '')
    throw new UsageError(`--launch-template ${called} is not lt-… or lt-…:VERSION, such as lt-0a1b2c3d4e5f60718:3`)
  try {
    const found = await run.do(describeTemplate(templateId, version))
    return (
      found ??
      refuse('no-launch-template', `there is no launch template ${templateId} in ${run.region}`, [
        { why: 'see which there are', command: `aws ec2 describe-launch-templates --region ${run.region}` },
      ])
    )
  } catch (error) {
    if (error instanceof AwsError && error.code.startsWith('InvalidLaunchTemplate'))
      return refuse('no-launch-template', `${templateId}:${version} can't be used in ${run.region}: ${error.message}`)
    throw error
  }
}

// Families of one architecture that run the same images on Nitro, newest first (instance types, EC2 user guide).
const alike = [
  ['m7i', 'm6i', 'm5', 't3'],
  ['m7a', 'm6a', 'm5a', 't3a'],
  ['m7g', 'm6g', 't4g'],
]

/** Types that can stand in: the same size, of families that run the same image. */
function standIns(type: string): string[] {
  const [family = '', size = ''] = type.split('.')
  const families = alike.find((each) => each.includes(family)) ?? []
  return families.filter((each) => each !== family).map((each) => `${each}.${size}`)
}

type Wanted = Pick<LaunchTemplate, 'instanceType' | 'subnetId'>

/** The template's own place first, then its type in other zones, then types that can stand in. */
function placementsOf(
  { instanceType, subnetId }: Wanted,
  type: string,
  subnets: readonly Subnet[],
  offered: readonly { readonly type: string; readonly zone: string }[],
): Placement[] {
  const own: Placement = {
    instanceType: type,
    subnetId: null,
    zone: subnets.find((each) => each.subnetId === subnetId)?.zone ?? null,
  }
  const others = subnets.filter((each) => each.subnetId !== subnetId)
  const isOffered = (kind: string, zone: string): boolean =>
    offered.some((each) => each.type === kind && each.zone === zone)
  const places = (kind: string): Placement[] =>
    (kind === instanceType ? others : subnets)
      .filter((each) => isOffered(kind, each.zone))
      .map((each) => ({ instanceType: kind, subnetId: each.subnetId, zone: each.zone }))
  return [own, ...places(type), ...standIns(type).flatMap(places)]
}

/** Where it could be launched, and the subnets of that network, as AWS has them now. */
export async function placesFor(
  run: Run,
  wanted: Wanted,
  type: string,
): Promise<{ readonly placements: readonly Placement[]; readonly subnets: readonly Subnet[] }> {
  const { subnetId } = wanted
  const own = subnetId === null ? [] : await run.do(describeSubnets({ 'subnet-id': [subnetId] }))
  const vpc = own.at(0)?.vpcId
  const subnets = await run.do(
    describeSubnets(vpc === undefined ? { 'default-for-az': ['true'] } : { 'vpc-id': [vpc] }),
  )
  const offered = await run.do(describeOfferings([type, ...standIns(type)]))
  return { placements: placementsOf(wanted, type, subnets, offered), subnets }
}

// What makes a pool anew, or starts a service before its data is there, if a template's user-data does it.
const suspicious =
  /\b(zpool\s+(create|import|labelclear|destroy)|zfs\s+(create|destroy|rollback|receive)|mkfs|wipefs|systemctl\s+(start|enable|restart)|docker\s+(run|compose)|aws\s+s3\s+(sync|cp|rm)|aws\s+ec2\s+attach-volume)\b/

/** The lines of a template's user-data that may get in the way of a restore. */
export const suspiciousLines = (userData: string): string[] =>
  userData
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('#') && suspicious.test(line))

async function* oldInstance(run: Run): AsyncGenerator<Fact> {
  const old = run.flags.instance ?? run.host.instance
  if (old === undefined) return
  const found = await run.do(describeInstance(old)).catch((error: unknown) => {
    if (error instanceof AwsError && error.code === 'InvalidInstanceID.NotFound') return undefined
    throw error
  })
  if (found === undefined || found.state === 'terminated') yield fact(`the old instance ${old} is gone`)
  else yield fact(`the old instance ${old} is ${found.state}`)
  if (found?.state === 'running')
    run.finding(
      'warn',
      `${old} still runs: stop it before the new one serves, or both will: aws ec2 stop-instances --instance-ids ${old}`,
    )
}

/** A place in words. */
export const labelOf = ({ instanceType, zone }: Placement): string =>
  `${instanceType} in ${zone ?? 'the zone of the template'}`

/** Refuses what could only be refused when the instance runs already. @throws UsageError */
function checkFlags(run: Run): void {
  const { flags, host } = run
  checkPointFlags(run, 'not known yet')
  const named = flags.snapshot?.startsWith('snap-') === true
  if (named || host.volume !== undefined || Object.keys(host.snapshot_tags).length > 0) return
  throw new UsageError(
    `which snapshots are ${host.name}'s? Its config names no "volume" and no "snapshot_tags", and a new instance can't tell. Give --snapshot snap-… or write one of them`,
  )
}

/** From which template, as what and where a recovery instance is launched. */
export const launchChoice: Choice<RecoveryLaunch> = {
  kind: 'choice',
  id: 'launch',
  version: 1,
  needs: [],
  question: 'What should the recovery instance be like?',
  flag: '--yes',
  answeredBy: ['launchTemplate'],
  why: 'When a zone or an instance is lost, the data needs another machine. Its volume is made in the zone of the new instance, so any zone will do; a template often pins one, and in an incident the others may be full: then the next zone, or a type like it, is tried. What a template runs at first boot is looked at, because it may make an empty pool or start the service before its data is there.',
  danger: () => 'low',
  answer: recoveryLaunch,
  async *options(run): AsyncGenerator<Fact | Option<RecoveryLaunch>> {
    await refuseOtherLaunch(run)
    const template = await templateOf(run, run.flags.launchTemplate ?? '')
    const type = template.instanceType ?? refuse('no-instance-type', `${template.templateId} names no instance type`)
    yield fact(
      `launch template ${template.name} (${template.templateId}), version ${template.version}: ${type}, image ${template.imageId ?? 'not named'}`,
    )
    yield* oldInstance(run)
    const { placements } = await placesFor(run, template, type)
    const { templateId, name, version, byInterface, groups, publicAddress } = template
    const known = { templateId, name, version, byInterface, groups: [...groups], publicAddress }
    for (const [at, first] of placements.entries()) {
      const rest = placements.filter((_each, other) => other !== at)
      yield {
        kind: 'option',
        value: { template: known, placements: [first, ...rest] },
        label: labelOf(first),
        detail:
          rest.length === 0 ? 'nowhere else to go' : `where there is no capacity: ${rest.map(labelOf).join(', ')}`,
      }
    }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  async check(run, { template }): Promise<Finding[]> {
    checkFlags(run)
    const lines = suspiciousLines(
      (await run.do(describeTemplate(template.templateId, template.version)))?.userData ?? '',
    )
    return lines.map((line) => ({ level: 'warn', message: `the template's user-data will run: ${oneLine(line)}` }))
  },
}

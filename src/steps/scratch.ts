// The scratch instance of a drill: where it comes from, and what must be so before anything is launched.
import { describeInstance } from '../remote/aws/ec2.ts'
import type { LaunchTemplate, Placement } from '../remote/aws/launch.ts'
import { AwsError, UsageError } from '../text/errors.ts'
import { oneLine } from '../text/display.ts'
import { commandText } from '../remote/remote.ts'
import { age, duration } from '../text/time.ts'
import { scratchLaunch, type ScratchLaunch } from './launch-answer.ts'
import { labelOf, placesFor, templateOf } from './launch.ts'
import { drillNetwork, rehearsedName, type HostProfile } from './profile.ts'
import { refuse } from './refuse.ts'
import { madeByDrills, removing } from './remove.ts'
import { snapshotsOfHost, unusable } from './snapshot-list.ts'
import { fact, type Choice, type Fact, type Option, type Run } from './step.ts'
import { tag } from './tags.ts'

const configured = ({ drill }: HostProfile): Partial<NonNullable<HostProfile['drill']>> => drill ?? {}

/** From which network ssh is let in. @throws UsageError */
function sshFrom(run: Run): string {
  const given = run.flags.sshFrom ?? configured(run.host).ssh_from
  if (given === undefined)
    throw new UsageError(
      'from which network will ssh reach the scratch instance? Give --ssh-from, or write ssh_from under the host\'s "drill" into the config',
      [{ why: 'see which address AWS sees of this machine', command: 'curl https://checkip.amazonaws.com' }],
    )
  const read = drillNetwork.safeParse(given)
  if (!read.success) throw new UsageError(`--ssh-from ${given} ${read.error.issues[0]?.message ?? 'is wrong'}`)
  return read.data
}

/** A drill that was begun no longer ago may still go on, on another machine. */
const goesOnMs = 6 * 3_600_000

/** When a run was begun, by its name; ms since the epoch, or 0 where the name is none of Lifeboat's. */
function begunMs(runId: string): number {
  const [, day = '', time = ''] = /^(\d{8})-(\d{6})-/.exec(runId) ?? []
  const iso = `${day.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`
  return Date.parse(iso) || 0
}

/** What earlier drills of this host left. @throws PreflightError where one may still go on */
async function* leftBefore(run: Run): AsyncGenerator<Fact, ScratchLaunch['leftovers']> {
  const { instances, volumes, groups } = await madeByDrills(run)
  const left = {
    instances: instances.map((each) => each.instanceId),
    volumes: volumes.map((each) => each.volumeId),
    groups: groups.map((each) => each.groupId),
  }
  const runs = new Set([...instances, ...volumes, ...groups].map(({ tags }) => tags[tag.made] ?? ''))
  for (const runId of runs) {
    const agoMs = run.now().getTime() - begunMs(runId)
    if (agoMs < goesOnMs && runId !== run.flags.takeOver) {
      refuse(
        'drill-in-flight',
        `run ${oneLine(runId)}, begun ${duration(agoMs)} ago, has not removed what it made: ${Object.values(left).flat().join(', ')}. It may still be going on elsewhere; from ${duration(goesOnMs)} on a drill removes it`,
        [
          {
            why: 'where it is over: remove it now, and drill',
            command: `lifeboat drill --account --host ${rehearsedName(run.host.name)} --take-over ${oneLine(runId)}`,
          },
          ...removing(left).map((command) => ({ why: 'or by hand', command: commandText(command) })),
        ],
      )
    }
    yield fact(`run ${oneLine(runId)} has left something behind, which is removed first`)
  }
  return left
}

/** A host that is itself the scratch instance of a drill has nothing to be rehearsed from. @throws PreflightError */
async function demandNoScratch(run: Run): Promise<void> {
  const { host } = run
  const { instance } = host
  if (instance === undefined) return
  const found = await run.do(describeInstance(instance)).catch((error: unknown) => {
    if (error instanceof AwsError && error.code === 'InvalidInstanceID.NotFound') return undefined
    throw error
  })
  const made = found?.tags[tag.made]
  if (made !== undefined)
    refuse(
      'host-is-scratch',
      `the config calls ${instance} the instance of ${rehearsedName(host.name)}, and run ${oneLine(made)} has made it: it is no production host`,
    )
}

/** The newest snapshot that a volume could be made from now, by the rule of `--snapshot latest`. @throws PreflightError, UsageError */
async function* newestUsable(run: Run): AsyncGenerator<Fact, string> {
  const all = await snapshotsOfHost(run)
  const found = all.find((each) => unusable(each) === undefined)
  if (found === undefined)
    return refuse(
      'no-usable-snapshot',
      `none of the ${all.length} EBS snapshots of ${rehearsedName(run.host.name)}'s volume can be used`,
      [{ why: 'see what there is', command: `aws ec2 describe-snapshots --owner-ids self --region ${run.region}` }],
    )
  yield fact(`the newest usable EBS snapshot is ${found.snapshotId}, ${age(found.startedAt, run.now())} old`)
  return found.snapshotId
}

type Source = Pick<LaunchTemplate, 'imageId' | 'instanceType' | 'keyName' | 'subnetId' | 'publicAddress'>

const bare: Source = { imageId: null, instanceType: null, keyName: null, subnetId: null, publicAddress: null }

/** What it is launched from: the config's words over the template's. @throws UsageError, PreflightError */
async function sourceOf(run: Run) {
  const own = configured(run.host)
  const called = run.flags.launchTemplate ?? own.launch_template
  const template = called === undefined ? bare : await templateOf(run, called)
  const imageId = own.image ?? template.imageId
  const instanceType = own.instance_type ?? template.instanceType
  if (imageId === null || instanceType === null)
    throw new UsageError(
      `from what is the scratch instance launched? ${imageId === null ? 'No image' : 'No instance type'} is named: give --launch-template lt-…, or write launch_template, or image and instance_type, under the host's "drill" into the config`,
    )
  return {
    imageId,
    instanceType,
    keyName: own.key_name ?? template.keyName,
    subnetId: own.subnet ?? template.subnetId,
    publicAddress: own.public_address ?? template.publicAddress,
  }
}

/** In what and where a drill launches its scratch instance. */
export const scratchChoice: Choice<ScratchLaunch> = {
  kind: 'choice',
  id: 'launch',
  version: 1,
  needs: [],
  question: 'What should the scratch instance be like?',
  flag: '--yes',
  answeredBy: ['launchTemplate', 'sshFrom'],
  why: "A restore that was never tried is a hope. The drill restores the newest EBS snapshot onto an instance that is there for nothing else, and ends it again. It has the host's image and network, and nothing more of the host: no instance profile, so it can neither read nor write a bucket; none of the template's user-data, which may register it somewhere; and no way out of its security group. The production host is not touched.",
  danger: () => 'low',
  answer: scratchLaunch,
  async *options(run): AsyncGenerator<Fact | Option<ScratchLaunch>> {
    const from = sshFrom(run)
    await demandNoScratch(run)
    const { imageId, instanceType, keyName, subnetId, publicAddress } = await sourceOf(run)
    const leftovers = yield* leftBefore(run)
    const snapshotId = yield* newestUsable(run)
    const { placements, subnets } = await placesFor(run, { instanceType, subnetId }, instanceType)
    const vpcId = subnets[0]?.vpcId ?? refuse('no-subnet', 'there is no subnet to launch the scratch instance in')
    const { ssh_port: sshPort = 22 } = configured(run.host)
    yield fact(
      `image ${imageId}; no instance profile, no user-data; a security group of its own: ssh in from ${from}, nothing out`,
    )
    // Without a template nobody else names the subnet.
    const places = placements
      .map((each): Placement => ({ ...each, subnetId: each.subnetId ?? subnetId }))
      .filter((each) => each.subnetId !== null)
    for (const [at, first] of places.entries()) {
      const rest = places.filter((_each, other) => other !== at)
      yield {
        kind: 'option',
        value: {
          scratch: { imageId, keyName, publicAddress, vpcId, sshFrom: from, sshPort, snapshotId },
          leftovers,
          placements: [first, ...rest],
        },
        label: labelOf(first),
        detail:
          rest.length === 0 ? 'nowhere else to go' : `where there is no capacity: ${rest.map(labelOf).join(', ')}`,
      }
    }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: () => undefined,
  check: async () => [],
}

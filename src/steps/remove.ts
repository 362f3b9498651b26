// Removing what drills made in AWS: instances with all that is on them, then volumes, then security groups.
import { deleteVolume, describeInstances, describeVolumes, isAlive } from '../remote/aws/ec2.ts'
import { terminateInstance } from '../remote/aws/launch.ts'
import { deleteSecurityGroup, describeSecurityGroups } from '../remote/aws/security-groups.ts'
import type { AwsCommand } from '../remote/command.ts'
import { AwsError, Refused } from '../text/errors.ts'
import type { Run } from './step.ts'
import { tag } from './tags.ts'

/** Ids of what is to go. */
export interface Removal {
  readonly instances: readonly string[]
  readonly volumes: readonly string[]
  readonly groups: readonly string[]
}

/** What AWS needs at most to end an instance. */
const endsWithinMs = 900_000

const soughtBy = (ids: readonly string[], filter: string): Record<string, readonly string[]> => ({
  [filter]: ids,
  'tag-key': [tag.made],
})

const isCode = (error: unknown, codes: RegExp): boolean => error instanceof AwsError && codes.test(error.code)

/** Deletes a group that nobody is in any more. One whose instance is still ending is asked for again. */
export async function removeGroup(run: Run, groupId: string): Promise<void> {
  await run.until(
    `${groupId} to be let go of`,
    async () => {
      try {
        await run.do(deleteSecurityGroup(groupId))
      } catch (error) {
        if (isCode(error, /^DependencyViolation$/)) return undefined
        if (!isCode(error, /^InvalidGroup(Id)?\.NotFound$/)) throw error
      }
      return true
    },
    { everyMs: 2000, withinMs: endsWithinMs },
  )
}

/** Ends instances, and waits until they are: only then are their disks and their group free. */
export async function endInstances(run: Run, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const alive = async () => (await run.do(describeInstances(soughtBy(ids, 'instance-id')))).filter(isAlive)
  for (const { instanceId } of await alive()) await run.do(terminateInstance(instanceId))
  await run.until(
    `${ids.join(', ')} to end`,
    async () => {
      const there = await run.do(describeInstances(soughtBy(ids, 'instance-id')))
      return there.every((each) => each.state === 'terminated') ? true : undefined
    },
    { everyMs: 2000, withinMs: endsWithinMs },
  )
}

async function removeVolumes(run: Run, ids: readonly string[]): Promise<void> {
  const there = async () =>
    (await run.do(describeVolumes(soughtBy(ids, 'volume-id')))).filter((each) => each.state !== 'deleting')
  // The root of an instance goes with it.
  for (const { volumeId } of ids.length === 0 ? [] : await there()) {
    await run.do(deleteVolume(volumeId)).catch((error: unknown) => {
      if (!isCode(error, /^InvalidVolume\.NotFound$/)) throw error
    })
  }
  await run.until('the volumes to be gone', async () =>
    ids.length === 0 || (await there()).length === 0 ? true : undefined,
  )
}

/** The calls that remove it, in order. */
export const removing = ({ instances, volumes, groups }: Removal): AwsCommand<unknown>[] => [
  ...instances.map(terminateInstance),
  ...volumes.map(deleteVolume),
  ...groups.map(deleteSecurityGroup),
]

/** What is not Lifeboat's any more, or never was, is not removed. @throws Refused */
async function demandOurs(run: Run, { instances, volumes }: Removal): Promise<void> {
  const found = [
    ...(instances.length === 0 ? [] : await run.do(describeInstances({ 'instance-id': instances }))),
    ...(volumes.length === 0 ? [] : await run.do(describeVolumes({ 'volume-id': volumes }))),
  ]
  const other = found.find(({ tags }) => tags[tag.made] === undefined || tags[tag.host] !== run.host.name)
  if (other === undefined) return
  const id = 'volumeId' in other ? other.volumeId : other.instanceId
  const message = `${id} does not carry ${tag.made} and ${tag.host}=${run.host.name}, so it is not removed`
  throw new Refused({ code: 'not-ours', message })
}

/** Removes it all; what is gone already is passed over. */
export async function remove(run: Run, removal: Removal): Promise<void> {
  await demandOurs(run, removal)
  await endInstances(run, removal.instances)
  await removeVolumes(run, removal.volumes)
  for (const groupId of removal.groups) await removeGroup(run, groupId)
}

/** What carries the tags of drills of this host: of any run, or of one. */
export async function madeByDrills(run: Run, runId?: string) {
  const wanted = {
    [`tag:${tag.host}`]: [run.host.name],
    ...(runId === undefined ? {} : { [`tag:${tag.made}`]: [runId] }),
  }
  const ofRuns = { ...wanted, 'tag-key': [tag.made] }
  return {
    instances: (await run.do(describeInstances(ofRuns))).filter((each) => each.state !== 'terminated'),
    volumes: (await run.do(describeVolumes(ofRuns))).filter((each) => each.state !== 'deleting'),
    groups: await run.do(describeSecurityGroups(ofRuns)),
  }
}

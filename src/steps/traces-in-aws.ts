// What a run has left in AWS, as tags tell it, and how it is taken back by hand.
import type { Tags } from '../remote/aws/call.ts'
import {
  deleteTags,
  deleteVolume,
  describeInstances,
  describeVolumes,
  detachVolume,
  isAlive,
  type Instance,
  type Volume,
} from '../remote/aws/ec2.ts'
import { terminateInstance } from '../remote/aws/launch.ts'
import { describeSnapshots, type EbsSnapshot } from '../remote/aws/snapshots.ts'
import { commandText } from '../remote/remote.ts'
import type { Next, Resource } from '../text/errors.ts'
import type { Run } from './step.ts'
import { tag } from './tags.ts'

/** What the run has made or uses in AWS. */
interface InAws {
  readonly volumes: readonly Volume[]
  readonly instances: readonly Instance[]
  /** Original volumes that carry the run's lock. */
  readonly originals: readonly Volume[]
  /** Of those, taken before they were used. */
  readonly snapshots: readonly EbsSnapshot[]
}

/** What runs made for this host and have not handed over, as the tags say. */
export async function madeFor(run: Run) {
  const wanted = { [`tag:${tag.host}`]: [run.host.name], 'tag-key': [tag.made] }
  const volumes = (await run.do(describeVolumes(wanted))).filter((each) => each.state !== 'deleting')
  const instances = (await run.do(describeInstances(wanted))).filter(isAlive)
  return { volumes, instances }
}

/** What of it is this run's, and the original volume that it uses. */
export async function inAws(run: Run, runId: string, made: Awaited<ReturnType<typeof madeFor>>): Promise<InAws> {
  const its = ({ tags }: { readonly tags: Tags }): boolean => tags[tag.made] === runId
  const locked = await run.do(describeVolumes({ 'tag-key': [tag.lock] }))
  return {
    volumes: made.volumes.filter(its),
    instances: made.instances.filter(its),
    originals: locked.filter(({ tags }) => tags[tag.lock]?.startsWith(`${runId} `)),
    snapshots: await run.do(describeSnapshots({ [`tag:${tag.made}`]: [runId] })),
  }
}

const placeOf = ({ state, attachments }: Volume): string =>
  attachments.map((each) => `${each.state} to ${each.instanceId}`).join(', ') || state

/** As things to be named. */
export function resourcesOf(run: Run, { volumes, instances, originals, snapshots }: InAws): Resource[] {
  const there = (kind: Resource['kind'], id: string, state: string): Resource => ({
    kind,
    id,
    region: run.region,
    host: run.host.name,
    state,
    madeByUs: true,
  })
  return [
    ...instances.map((each) => there('instance', each.instanceId, each.state)),
    ...volumes.map((each) => there('volume', each.volumeId, placeOf(each))),
    ...originals.map((each) => there('lock', `${tag.lock} on ${each.volumeId}`, `held; ${placeOf(each)}`)),
    ...snapshots.map((each) => there('snapshot', each.snapshotId, `${each.state}; kept`)),
  ]
}

/** What takes the run's things in AWS back: an instance that is ended lets go of its volumes by itself. */
export function tidying({ volumes, instances, originals }: InAws): Next[] {
  const ended = new Set(instances.map((each) => each.instanceId))
  const detaching = ({ volumeId, attachments }: Volume): Next[] =>
    attachments
      .filter((each) => !ended.has(each.instanceId))
      .map(({ instanceId }) => ({
        why: `detach ${volumeId}`,
        command: commandText(detachVolume(volumeId, instanceId)),
      }))
  return [
    ...instances.flatMap(({ instanceId }) => [
      { why: `end ${instanceId}, with all that is on it`, command: commandText(terminateInstance(instanceId)) },
      { why: 'wait until it has ended', command: `aws ec2 wait instance-terminated --instance-ids ${instanceId}` },
    ]),
    ...volumes.flatMap((each) => [
      ...detaching(each),
      {
        why: `delete ${each.volumeId}, with all that was restored to it`,
        command: commandText(deleteVolume(each.volumeId)),
      },
    ]),
    ...originals.flatMap((each) => [
      ...detaching(each),
      {
        why: `take the lock off ${each.volumeId}, which stays`,
        command: commandText(deleteTags(each.volumeId, [tag.lock])),
      },
    ]),
  ]
}

// The volume that the snapshots are of, where it still exists: it can be attached itself, with nothing lost.
import { describeVolumes, type Volume } from '../remote/aws/ec2.ts'
import type { EbsSnapshot } from '../remote/aws/snapshots.ts'
import { PreflightError, type Explained } from '../text/errors.ts'
import type { Run } from './step.ts'
import { tag } from './tags.ts'
import { targetChoice } from './target.ts'

/** What the lock on an original volume says; AWS takes no other signs than these in a tag's value. */
export const lockText = (run: Run, since: string): string =>
  `${run.id} by ${run.operator} since ${since}`.replaceAll(/[^\p{L}\p{N} +\-=._:/@]/gu, '_').slice(0, 256)

/** Whether this run's lock is on it. */
export const isLockedBy = (run: Run, { tags }: Volume): boolean => tags[tag.lock]?.startsWith(`${run.id} `) === true

const anew = (run: Run, snapshot: string): string => `lifeboat restore --host ${run.host.name} --snapshot ${snapshot}`

/** Why it can't be attached itself, and what leads on; undefined where it can. */
export function obstacle(run: Run, volume: Volume): Explained | undefined {
  const { zone, instanceId } = run.answer(targetChoice)
  const { volumeId } = volume
  const notChanged = ['nothing was changed']
  const holder = volume.attachments.find((one) => one.state !== 'detached')
  if (holder !== undefined) {
    const here = holder.instanceId === instanceId ? ', the very instance that is to get its data back' : ''
    return {
      code: 'original-in-use',
      message: `${volumeId} still exists and is attached to ${holder.instanceId} as ${holder.device}${here} (${holder.state})`,
      notChanged,
      next: [
        {
          why: 'if nothing there needs it any more, let go of it',
          command: `aws ec2 detach-volume --volume-id ${volumeId}`,
        },
        { why: 'or take a snapshot of it instead', command: anew(run, 'latest') },
      ],
    }
  }
  if (volume.state !== 'available')
    return {
      code: 'original-unusable',
      message: `${volumeId} is in state ${volume.state}, and has to be available`,
      notChanged,
    }
  if (volume.zone !== zone) {
    return {
      code: 'original-in-other-zone',
      message: `${volumeId} still exists, but in ${volume.zone}; a volume can only be attached in its own zone, and ${instanceId} is in ${zone}`,
      notChanged,
      next: [
        { why: 'take an EBS snapshot of it', command: `aws ec2 create-snapshot --volume-id ${volumeId}` },
        { why: 'and restore that one, when it is completed', command: anew(run, 'snap-…') },
      ],
    }
  }
  const lock = volume.tags[tag.lock]
  if (lock !== undefined && !isLockedBy(run, volume)) {
    const other = lock.split(' ')[0] ?? ''
    return {
      code: 'original-locked',
      message: `${volumeId} is being used by another run of Lifeboat: ${lock}`,
      notChanged,
      next: [
        { why: 'go on with that one, on the machine it was begun on', command: `lifeboat resume ${other}` },
        {
          why: 'or, if that run is lost for good, take its lock off',
          command: `aws ec2 delete-tags --resources ${volumeId} --tags Key=${tag.lock}`,
        },
      ],
    }
  }
  return undefined
}

/** The volume that the config names, or that the newest snapshots are of; undefined where it is no more. */
export async function originalVolume(run: Run, newest: EbsSnapshot | undefined): Promise<Volume | undefined> {
  const volumeId = run.host.volume ?? newest?.volumeId
  if (volumeId === undefined) return undefined
  const found = (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)
  return found === undefined || found.state.startsWith('delet') ? undefined : found
}

/** The same, for somebody who wants just that. @throws PreflightError where it can't be used, naming the way out */
export async function usableOriginal(run: Run, newest: EbsSnapshot | undefined): Promise<Volume> {
  const volume = await originalVolume(run, newest)
  if (volume === undefined) {
    throw new PreflightError({
      code: 'original-gone',
      message: `the original volume ${run.host.volume ?? newest?.volumeId ?? `of ${run.host.name}`} is not there any more in ${run.region}`,
      notChanged: ['nothing was changed'],
      next: [{ why: 'restore its newest EBS snapshot', command: anew(run, 'latest') }],
    })
  }
  const wrong = obstacle(run, volume)
  if (wrong !== undefined) throw new PreflightError(wrong)
  return volume
}

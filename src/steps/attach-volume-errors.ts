// Why EC2 does not plug a volume in or out, in words that lead on.
import { describeInstance, type Attachment } from '../remote/aws/ec2.ts'
import { AwsError, LifeboatError, Refused, type Next, type Resource } from '../text/errors.ts'
import { sh } from '../text/quote.ts'
import type { Run } from './step.ts'

/** A volume in its place. */
export interface Place {
  readonly volumeId: string
  readonly instanceId: string
  readonly device: string
}

/** What to name in errors and at the end of a run. */
export const attachmentResource = (run: Run, { volumeId, instanceId, device }: Place, state: string): Resource => ({
  kind: 'attachment',
  id: `${volumeId} on ${instanceId} as ${device}`,
  region: run.region,
  host: run.host.name,
  state,
  madeByUs: true,
})

/** @throws LifeboatError when the instance can't take a disk that the host is to see at once */
export async function demandRunning(run: Run, instanceId: string): Promise<void> {
  const state = (await run.do(describeInstance(instanceId)))?.state ?? 'gone'
  if (state === 'running') return
  throw new LifeboatError({
    code: 'instance-not-running',
    message: `instance ${instanceId} is ${state}, and has to run to be given the volume`,
    notChanged: ['the volume is not attached, and stays as it is'],
    next:
      state === 'stopped' ? [{ why: 'start it', command: `aws ec2 start-instances --instance-ids ${instanceId}` }] : [],
  })
}

/** Whether AttachVolume was refused because somebody has that device name; EC2 has no code of its own for it. */
export const isDeviceTaken = (error: unknown): boolean =>
  error instanceof AwsError && error.code === 'InvalidParameterValue' && /in use/i.test(error.message)

/** The refusal of AttachVolume in words; the error itself where it says enough. */
export async function explained(run: Run, place: Place, error: unknown): Promise<unknown> {
  if (!(error instanceof AwsError)) return error
  const { volumeId, instanceId } = place
  if (error.code === 'AttachmentLimitExceeded') {
    return new LifeboatError(
      {
        code: 'attachment-limit',
        message: `${instanceId} takes no more volumes: ${error.message}`,
        notChanged: ['nothing was attached'],
        next: [
          {
            why: 'see what is attached, and let go of what nobody needs',
            command: `aws ec2 describe-volumes --filters Name=attachment.instance-id,Values=${instanceId}`,
          },
        ],
      },
      error,
    )
  }
  if (error.code === 'IncorrectState' || error.code === 'IncorrectInstanceState') await demandRunning(run, instanceId)
  if (error.code === 'InvalidVolume.NotFound') {
    return new Refused({ code: 'volume-gone', message: `${volumeId} is gone: somebody deleted it` }, error)
  }
  return error
}

/** EC2 gives a volume that never gets there to nobody else; only a detach by force ends it. */
export const stuckAttaching = (run: Run, place: Place, minutes: number): LifeboatError =>
  new LifeboatError({
    code: 'attach-stuck',
    message: `EC2 has been attaching ${place.volumeId} to ${place.instanceId} as ${place.device} for ${minutes} minutes, which takes seconds: the instance may not have given the device name free. Detach it, and resume attaches it under another name`,
    exists: [attachmentResource(run, place, 'attaching')],
    next: [
      {
        why: 'give up this attachment (nothing is on the disk that the host could be using)',
        command: `aws ec2 detach-volume --volume-id ${place.volumeId} --force`,
      },
    ],
  })

/** The guest does not let go of the disk. By force the pool on it would hang the host. */
export function stuckDetaching(run: Run, place: Place, { state }: Attachment, again: Next): LifeboatError {
  const { pool } = run.host
  const exporting =
    pool === undefined ? [] : [{ why: 'let go of the pool', command: run.onHost(sh`zpool export ${pool}`) }]
  return new LifeboatError({
    code: 'detach-stuck',
    message: `${place.instanceId} does not let go of ${place.volumeId} (it is ${state}): the pool on it may still be imported, or one of its datasets mounted. It is not detached by force, which could hang the host`,
    exists: [attachmentResource(run, place, state)],
    next: [...exporting, again],
  })
}

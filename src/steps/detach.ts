// Plugging a volume in and out of an instance, asked again and again without doing it twice.
import { attachVolume, describeVolumes, detachVolume, type Attachment, type Volume } from '../remote/aws/ec2.ts'
import { AwsError, Refused, type Next } from '../text/errors.ts'
import { explained, isDeviceTaken, stuckAttaching, stuckDetaching, type Place } from './attach-volume-errors.ts'
import type { Run } from './step.ts'

export const patienceMs = 300_000

export const volumeNow = async (run: Run, volumeId: string): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)

export const attachmentOn = (volume: Volume | undefined, instanceId: string): Attachment | undefined =>
  volume?.attachments.find((one) => one.instanceId === instanceId && one.state !== 'detached')

export const foreignHolder = (volumeId: string, holder: Attachment): string =>
  `${volumeId} is attached to ${holder.instanceId} as ${holder.device}, which this run has not done`

/** Asks for the volume under one name. @returns false where somebody has that name */
export async function plug(run: Run, place: Place): Promise<boolean> {
  try {
    await run.do(attachVolume(place.volumeId, place.instanceId, place.device))
    return true
  } catch (error) {
    if (isDeviceTaken(error)) return false
    if (!(error instanceof AwsError) || error.code !== 'VolumeInUse') throw await explained(run, place, error)
    // Asked again after a lost answer, it is we who use it.
    const holder = await run.until(`EC2 to say who has ${place.volumeId}`, async () =>
      (await volumeNow(run, place.volumeId))?.attachments.find((one) => one.state !== 'detached'),
    )
    if (holder.instanceId === place.instanceId) return true
    throw new Refused({ code: 'not-ours', message: foreignHolder(place.volumeId, holder) }, error)
  }
}

/** Waits until EC2 says that it is plugged in. @returns the attachment */
export async function plugged(run: Run, place: Place): Promise<Attachment> {
  const begun = run.now().getTime()
  return run.until(
    `EC2 to attach ${place.volumeId}`,
    async () => {
      const here = attachmentOn(await volumeNow(run, place.volumeId), place.instanceId)
      if (here?.state === 'attached') return here
      if (run.now().getTime() - begun < patienceMs) return undefined
      throw stuckAttaching(run, { ...place, device: here?.device ?? place.device }, patienceMs / 60_000)
    },
    { withinMs: 2 * patienceMs },
  )
}

/** Takes a volume out of its instance, and waits until it is. `again` leads on where the host holds on to it. */
export async function detach(run: Run, { volumeId, instanceId }: Omit<Place, 'device'>, again: Next): Promise<void> {
  const here = async (): Promise<Attachment | undefined> => attachmentOn(await volumeNow(run, volumeId), instanceId)
  const there = await here()
  if (there === undefined) return
  const place = { volumeId, instanceId, device: there.device }
  await run.do(detachVolume(volumeId, instanceId)).catch(async (error: unknown) => {
    // A terminated instance has let go of it; and asked again after a lost answer it is under way already.
    const now = await here()
    if (now !== undefined && now.state !== 'detaching') throw error
  })
  const begun = run.now().getTime()
  await run.until(
    `EC2 to detach ${volumeId}`,
    async () => {
      const now = await here()
      if (now === undefined) return true
      const waited = run.now().getTime() - begun
      if (waited > (now.state === 'busy' ? 30_000 : patienceMs)) throw stuckDetaching(run, place, now, again)
      return undefined
    },
    { withinMs: 2 * patienceMs },
  )
}

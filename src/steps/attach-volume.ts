import { z } from 'zod'
import { attachVolume, describeVolumes, detachVolume, type Attachment, type Volume } from '../remote/aws/ec2.ts'
import { AwsError, Refused } from '../text/errors.ts'
import {
  attachmentResource,
  demandRunning,
  explained,
  isDeviceTaken,
  stuckAttaching,
  stuckDetaching,
  type Place,
} from './attach-volume-errors.ts'
import { createVolumeAction } from './create-volume.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Found, Run } from './step.ts'
import { targetChoice } from './target.ts'
import { freeDevices, volumeChoice } from './volume.ts'

const effect = z.object({ volumeId: z.string(), instanceId: z.string(), device: z.string() })

const before = effect.extend({
  /** Used instead, in this order, where EC2 says that somebody has the name. */
  spares: z.array(z.string()).default([]),
})

type Before = z.infer<typeof before>

const patienceMs = 300_000

const look = async (run: Run, volumeId: string): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)

const attachment = (volume: Volume | undefined, instanceId: string): Attachment | undefined =>
  volume?.attachments.find((one) => one.instanceId === instanceId && one.state !== 'detached')

const elsewhere = (volume: Volume | undefined, instanceId: string): Attachment | undefined =>
  volume?.attachments.find((one) => one.instanceId !== instanceId && one.state !== 'detached')

const foreign = (volumeId: string, holder: Attachment): string =>
  `${volumeId} is attached to ${holder.instanceId} as ${holder.device}, which this run has not done`

/** Asks for the volume under one name. @returns false where somebody has that name */
async function plug(run: Run, place: Place): Promise<boolean> {
  try {
    await run.do(attachVolume(place.volumeId, place.instanceId, place.device))
    return true
  } catch (error) {
    if (isDeviceTaken(error)) return false
    if (!(error instanceof AwsError) || error.code !== 'VolumeInUse') throw await explained(run, place, error)
    // Asked again after a lost answer, it is we who use it.
    const holder = await run.until(`EC2 to say who has ${place.volumeId}`, async () =>
      (await look(run, place.volumeId))?.attachments.find((one) => one.state !== 'detached'),
    )
    if (holder.instanceId === place.instanceId) return true
    throw new Refused({ code: 'not-ours', message: foreign(place.volumeId, holder) }, error)
  }
}

async function plugSomewhere(run: Run, { device, spares, ...stood }: Before): Promise<void> {
  for (const name of [device, ...spares]) {
    if (await plug(run, { ...stood, device: name })) return
    run.finding('warn', `${name} is in use on ${stood.instanceId}`)
  }
  throw new Refused({
    code: 'device-taken',
    message: `EC2 says that ${[device, ...spares].join(', ')} are all in use on ${stood.instanceId}; resume tries others`,
    notChanged: ['nothing was attached'],
  })
}

const since = (run: Run, { since: begun }: Attachment): number =>
  begun === '' ? 0 : run.now().getTime() - Date.parse(begun)

/** Attaches the new volume to the instance. */
export const attachVolumeAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'attach-volume',
  version: 1,
  needs: ['create-volume'],
  title: 'attach the volume to the instance',
  why: 'The host sees the disk only when EC2 has plugged it in, which ends at three different times: the API says so, the guest shows the disk, udev makes its link. The device name asked for is only a slot: on current instances the guest names the disk as it likes.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'hand-over',
  commands(run, stood) {
    const { original, volumeId } = run.answer(snapshotChoice)
    const { instanceId } = run.answer(targetChoice)
    const [device, ...spares] =
      stood === undefined ? [run.answer(volumeChoice).device] : [stood.device, ...stood.spares]
    const volume = stood?.volumeId ?? (original ? volumeId : run.later(createVolumeAction, 'volumeId'))
    const taken = 'the name before it is in use after all'
    return [
      attachVolume(volume, instanceId, device),
      ...spares.map((spare) => ({ ...attachVolume(volume, instanceId, spare), onlyIf: taken })),
    ]
  },
  async survey(run, previous) {
    const { volumeId } = run.effect(createVolumeAction)
    const { instanceId } = run.answer(targetChoice)
    await demandRunning(run, instanceId)
    const free = await freeDevices(run)
    const wanted = run.answer(volumeChoice).device
    // Names that failed before come last: EC2 may hold one that it does not show.
    const tried = previous === undefined ? [] : [previous.device, ...previous.spares]
    const rank = (device: string): number => (tried.includes(device) ? 2 : device === wanted ? 0 : 1)
    const [device = wanted, ...others] = free.toSorted((a, b) => rank(a) - rank(b))
    return { volumeId, instanceId, device, spares: others.slice(0, 2) }
  },
  async find(run, stood): Promise<Found<Place>> {
    const volume = await look(run, stood.volumeId)
    const here = attachment(volume, stood.instanceId)
    const place = { volumeId: stood.volumeId, instanceId: stood.instanceId, device: here?.device ?? stood.device }
    if (here?.state === 'attached') return { state: 'present', effect: place }
    if (here !== undefined) {
      if (here.state === 'attaching' && since(run, here) > patienceMs)
        throw stuckAttaching(run, place, Math.round(since(run, here) / 60_000))
      if (here.state === 'busy') throw stuckDetaching(run, place, here)
      return { state: 'underway', what: `${stood.volumeId}, which is ${here.state}` }
    }
    const holder = elsewhere(volume, stood.instanceId)
    return holder === undefined ? { state: 'absent' } : { state: 'foreign', what: foreign(stood.volumeId, holder) }
  },
  async perform(run, stood) {
    await plugSomewhere(run, stood)
    const begun = run.now().getTime()
    const { device } = await run.until(
      `EC2 to attach ${stood.volumeId}`,
      async () => {
        const here = attachment(await look(run, stood.volumeId), stood.instanceId)
        if (here?.state === 'attached') return here
        if (run.now().getTime() - begun < patienceMs) return undefined
        throw stuckAttaching(run, { ...stood, device: here?.device ?? stood.device }, patienceMs / 60_000)
      },
      { withinMs: 2 * patienceMs },
    )
    return { volumeId: stood.volumeId, instanceId: stood.instanceId, device }
  },
  async verify(run, stood): Promise<Finding[]> {
    // A Describe call may be answered from a while ago.
    for (let tries = 1; ; tries++) {
      const state = attachment(await look(run, stood.volumeId), stood.instanceId)?.state ?? 'detached'
      if (state === 'attached') return []
      if (tries === 5)
        return [{ level: 'error', message: `${stood.volumeId} is not attached to ${stood.instanceId} (${state})` }]
      await run.wait(`EC2 to show ${stood.volumeId} attached`, 1000)
    }
  },
  undo: {
    commands: (_run, stood) => [detachVolume(stood.volumeId, stood.instanceId)],
    async perform(run, stood) {
      const here = async (): Promise<Attachment | undefined> =>
        attachment(await look(run, stood.volumeId), stood.instanceId)
      const there = await here()
      if (there === undefined) return
      const place = { ...stood, device: there.device }
      await run.do(detachVolume(stood.volumeId, stood.instanceId)).catch(async (error: unknown) => {
        // A terminated instance has let go of it; and asked again after a lost answer it is under way already.
        const now = await here()
        if (now !== undefined && now.state !== 'detaching') throw error
      })
      const begun = run.now().getTime()
      await run.until(
        `EC2 to detach ${stood.volumeId}`,
        async () => {
          const now = await here()
          if (now === undefined) return true
          const waited = run.now().getTime() - begun
          if (waited > (now.state === 'busy' ? 30_000 : patienceMs)) throw stuckDetaching(run, place, now)
          return undefined
        },
        { withinMs: 2 * patienceMs },
      )
    },
  },
  resources: (run, stood, it) => [attachmentResource(run, it ?? stood, 'attached')],
}

import { z } from 'zod'
import { attachVolume, describeVolumes, detachVolume, type Volume } from '../remote/aws/ec2.ts'
import { createVolumeAction } from './create-volume.ts'
import type { Action, Finding, Run } from './step.ts'
import { targetChoice } from './target.ts'
import { volumeChoice } from './volume.ts'

const before = z.object({ volumeId: z.string(), instanceId: z.string(), device: z.string() })

type Before = z.infer<typeof before>

const effect = before

const look = async (run: Run, volumeId: string): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)

const attachment = (volume: Volume | undefined, instanceId: string) =>
  volume?.attachments.find((one) => one.instanceId === instanceId && one.state !== 'detached')

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
  commands: (run) => [
    attachVolume(
      run.later(createVolumeAction, 'volumeId'),
      run.answer(targetChoice).instanceId,
      run.answer(volumeChoice).device,
    ),
  ],
  survey: async (run) => ({
    volumeId: run.effect(createVolumeAction).volumeId,
    instanceId: run.answer(targetChoice).instanceId,
    device: run.answer(volumeChoice).device,
  }),
  async find(run, stood) {
    const volume = await look(run, stood.volumeId)
    const here = attachment(volume, stood.instanceId)
    if (here?.state === 'attached') return { state: 'present', effect: stood }
    if (here !== undefined) return { state: 'underway', what: `${stood.volumeId} to be attached (it is ${here.state})` }
    const elsewhere = volume?.attachments.find((one) => one.state !== 'detached')
    if (elsewhere !== undefined)
      return { state: 'foreign', what: `${stood.volumeId} is attached to ${elsewhere.instanceId}` }
    return { state: 'absent' }
  },
  async perform(run, stood) {
    await run.do(attachVolume(stood.volumeId, stood.instanceId, stood.device))
    await run.until(
      `EC2 to attach ${stood.volumeId}`,
      async () =>
        attachment(await look(run, stood.volumeId), stood.instanceId)?.state === 'attached' ? true : undefined,
      { withinMs: 300_000 },
    )
    return stood
  },
  async verify(run, stood): Promise<Finding[]> {
    const here = attachment(await look(run, stood.volumeId), stood.instanceId)
    return here?.state === 'attached'
      ? []
      : [
          {
            level: 'error',
            message: `${stood.volumeId} is not attached to ${stood.instanceId} (${here?.state ?? 'detached'})`,
          },
        ]
  },
  undo: {
    commands: (_run, stood) => [detachVolume(stood.volumeId, stood.instanceId)],
    async perform(run, stood) {
      if (attachment(await look(run, stood.volumeId), stood.instanceId) === undefined) return
      await run.do(detachVolume(stood.volumeId, stood.instanceId))
      await run.until(
        `EC2 to detach ${stood.volumeId}`,
        async () => (attachment(await look(run, stood.volumeId), stood.instanceId) === undefined ? true : undefined),
        { withinMs: 300_000 },
      )
    },
  },
  resources: (run, stood) => [
    {
      kind: 'attachment',
      id: `${stood.volumeId} on ${stood.instanceId} as ${stood.device}`,
      region: run.region,
      host: run.host.name,
      state: 'attached',
      madeByUs: true,
    },
  ],
}

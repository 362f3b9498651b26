import { z } from 'zod'
import { attachVolume, detachVolume, type Attachment, type Volume } from '../remote/aws/ec2.ts'
import { diskPaths, listDevices } from '../remote/linux/disks.ts'
import { Refused } from '../text/errors.ts'
import {
  attachmentResource,
  demandRunning,
  stuckAttaching,
  stuckDetaching,
  type Place,
} from './attach-volume-errors.ts'
import { createVolumeAction } from './create-volume.ts'
import { attachmentOn, detach, foreignHolder, patienceMs, plug, plugged, volumeNow } from './detach.ts'
import { hydrationFindings } from './hydration.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Found, Run } from './step.ts'
import { targetChoice } from './target.ts'
import { freeDevices, volumeChoice } from './volume.ts'

const effect = z.object({ volumeId: z.string(), instanceId: z.string(), device: z.string() })

const before = effect.extend({
  /** Used instead, in this order, where EC2 says that somebody has the name. */
  spares: z.array(z.string()).default([]),
  /** The disks that the host had before, where the new one will not tell by its serial that it is. */
  disks: z.array(z.string()).nullable().default(null),
})

type Before = z.infer<typeof before>

const elsewhere = (volume: Volume | undefined, instanceId: string): Attachment | undefined =>
  volume?.attachments.find((one) => one.instanceId !== instanceId && one.state !== 'detached')

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
    const { serials } = run.answer(targetChoice)
    // What an earlier attempt saw stands: since then its disk may have come.
    const disks = serials ? null : (previous?.disks ?? diskPaths(await run.do(listDevices())))
    return { volumeId, instanceId, device, spares: others.slice(0, 2), disks }
  },
  async find(run, stood): Promise<Found<Place>> {
    const volume = await volumeNow(run, stood.volumeId)
    const here = attachmentOn(volume, stood.instanceId)
    const place = { volumeId: stood.volumeId, instanceId: stood.instanceId, device: here?.device ?? stood.device }
    if (here?.state === 'attached') return { state: 'present', effect: place }
    if (here !== undefined) {
      if (here.state === 'attaching' && since(run, here) > patienceMs)
        throw stuckAttaching(run, place, Math.round(since(run, here) / 60_000))
      if (here.state === 'busy')
        throw stuckDetaching(run, place, here, { why: 'then go on', command: `lifeboat resume ${run.id}` })
      return { state: 'underway', what: `${stood.volumeId}, which is ${here.state}` }
    }
    const holder = elsewhere(volume, stood.instanceId)
    return holder === undefined
      ? { state: 'absent' }
      : { state: 'foreign', what: foreignHolder(stood.volumeId, holder) }
  },
  async perform(run, stood) {
    await plugSomewhere(run, stood)
    const { device } = await plugged(run, stood)
    return { volumeId: stood.volumeId, instanceId: stood.instanceId, device }
  },
  async verify(run, stood): Promise<Finding[]> {
    // A Describe call may be answered from a while ago.
    for (let tries = 1; ; tries++) {
      const state = attachmentOn(await volumeNow(run, stood.volumeId), stood.instanceId)?.state ?? 'detached'
      if (state === 'attached') return hydrationFindings(run)
      if (tries === 5)
        return [{ level: 'error', message: `${stood.volumeId} is not attached to ${stood.instanceId} (${state})` }]
      await run.wait(`EC2 to show ${stood.volumeId} attached`, 1000)
    }
  },
  undo: {
    commands: (_run, stood) => [detachVolume(stood.volumeId, stood.instanceId)],
    perform: (run, stood) =>
      detach(run, stood, {
        why: 'then undo again',
        command: `lifeboat undo ${run.id} --confirm ${run.host.name}`,
      }),
  },
  resources: (run, stood, it) => [attachmentResource(run, it ?? stood, 'attached')],
}

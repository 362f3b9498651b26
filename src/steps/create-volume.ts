import { z } from 'zod'
import { createVolume, deleteVolume, describeVolumes, type Volume } from '../remote/aws/ec2.ts'
import { LifeboatError, Refused } from '../text/errors.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'
import { volumeChoice } from './volume.ts'

const before = z.object({
  /** The same token never makes a second volume, so it is chosen before the call and kept. */
  clientToken: z.string(),
})

type Before = z.infer<typeof before>

const effect = z.object({ volumeId: z.string() })

function call(run: Run, stood: Before | undefined) {
  const { type, sizeGiB, initRate, zone } = run.answer(volumeChoice)
  return createVolume({
    snapshotId: run.answer(snapshotChoice).snapshotId,
    zone,
    type,
    sizeGiB,
    initRate,
    clientToken: stood?.clientToken ?? '@a-new-token',
    tags: { Name: `${run.host.name} restored`, ...ownershipTags(run.id, run.host.name, 'create-volume') },
  })
}

/** What this step of this run made, whatever became of it. */
const ours = async (run: Run): Promise<Volume[]> =>
  (await run.do(describeVolumes({ [`tag:${tag.made}`]: [run.id], [`tag:${tag.step}`]: ['create-volume'] }))).filter(
    (volume) => volume.state !== 'deleting' && volume.state !== 'deleted',
  )

const byId = async (run: Run, volumeId: string): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)

async function becomesAvailable(run: Run, volumeId: string): Promise<void> {
  await run.until(
    `${volumeId} to become available`,
    async () => {
      // A first "not found" may be only eventual consistency: AWS was seen to need up to two minutes.
      const volume = await byId(run, volumeId)
      if (volume?.state === 'error') {
        throw new LifeboatError({
          code: 'volume-error',
          message: `AWS could not make ${volumeId} from its snapshot: it is in state error`,
        })
      }
      return volume?.state === 'available' || volume?.state === 'in-use' ? true : undefined
    },
    { withinMs: 900_000 },
  )
}

/** Makes the new volume. The snapshot is only read. */
export const createVolumeAction: Action<Before, z.infer<typeof effect>> = {
  kind: 'action',
  id: 'create-volume',
  version: 1,
  needs: ['gate'],
  title: 'make a volume from the EBS snapshot',
  why: 'The snapshot itself stays as it is and can be used again: what is repaired, rolled back or ruined from here on is a copy. The call carries a token that was written down first, so that asking again after a crash gives the same volume and never a second one.',
  danger: 'low',
  before,
  effect,
  holdsUntil: 'attach-volume',
  commands: (run, stood) => [call(run, stood)],
  async survey(run, previous) {
    // A token whose volume ended in error is spent: AWS would answer with that volume again.
    const spent = previous !== undefined && (await ours(run)).some((volume) => volume.state === 'error')
    return previous === undefined || spent ? { clientToken: run.newId() } : previous
  },
  async find(run) {
    const volume = (await ours(run)).find((each) => each.state !== 'error')
    if (volume === undefined) return { state: 'absent' }
    if (volume.state === 'creating') return { state: 'underway', what: `${volume.volumeId} to become available` }
    return { state: 'present', effect: { volumeId: volume.volumeId } }
  },
  async perform(run, stood) {
    const { volumeId } = await run.do(call(run, stood))
    await becomesAvailable(run, volumeId)
    return { volumeId }
  },
  async verify(run, _stood, { volumeId }): Promise<Finding[]> {
    const volume = await byId(run, volumeId)
    if (volume?.tags[tag.made] === run.id) return []
    return [{ level: 'error', message: `${volumeId} is gone, or no longer carries ${tag.made}=${run.id}` }]
  },
  undo: {
    commands: (_run, _stood, made) => (made === undefined ? [] : [deleteVolume(made.volumeId)]),
    async perform(run, _stood, made) {
      if (made === undefined) {
        for (const { volumeId, state } of await ours(run))
          run.finding('warn', `${volumeId} is left, in state ${state}: aws ec2 delete-volume --volume-id ${volumeId}`)
        return
      }
      const volume = await byId(run, made.volumeId)
      if (volume === undefined) return
      if (volume.tags[tag.made] !== run.id) {
        throw new Refused({
          code: 'not-ours',
          message: `${volume.volumeId} does not carry ${tag.made}=${run.id}, so it is not deleted`,
        })
      }
      await run.do(deleteVolume(volume.volumeId))
      await run.until(`${volume.volumeId} to be gone`, async () => {
        const left = await byId(run, volume.volumeId)
        return left === undefined || left.state === 'deleting' || left.state === 'deleted' ? true : undefined
      })
    },
  },
  resources: (run, _stood, made) =>
    made === undefined
      ? []
      : [{ kind: 'volume', id: made.volumeId, region: run.region, host: run.host.name, state: 'made', madeByUs: true }],
}

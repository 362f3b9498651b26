import { z } from 'zod'
import { createVolume, deleteVolume, discardVolume, type Volume } from '../remote/aws/ec2.ts'
import type { AwsCommand } from '../remote/command.ts'
import { AwsError, LifeboatError, Refused } from '../text/errors.ts'
import { refusalOf } from './create-volume-errors.ts'
import { becomesAvailable, byId, isGone, ours, oursAtLast } from './create-volume-looks.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'
import { newVolumeType, volumeChoice } from './volume.ts'

const before = z.object({
  /** The same token never makes a second volume, so it is chosen before the call and kept. */
  clientToken: z.string(),
  /** Asked with in turn, where AWS says that the volume of the one before is gone: for attempts after the first. */
  spares: z.array(z.string()).default([]),
  /** When the tokens were chosen: what was asked for with them shows itself soon after, or never. */
  chosenAt: z.string().default('1970-01-01T00:00:00Z'),
  /** What earlier attempts left in state `error`: nothing is in it. */
  failed: z.array(z.string()).default([]),
})

type Before = z.infer<typeof before>

/** For an original volume, which is not made, it is that volume. */
const effect = z.object({ volumeId: z.string(), made: z.boolean().default(true) })

/** The call that makes the volume, as it is run and as it is tried dry. */
export function creation(run: Run, clientToken: string): AwsCommand<Volume> {
  const { type, sizeGiB, initRate, zone } = run.answer(volumeChoice)
  return createVolume({
    snapshotId: run.answer(snapshotChoice).snapshotId,
    zone,
    type: newVolumeType.parse(type),
    sizeGiB,
    initRate,
    clientToken,
    tags: { Name: `${run.host.name} restored`, ...ownershipTags(run.id, run.host.name, 'create-volume') },
  })
}

/** The smallest volume that a snapshot can become, to be tried dry before there is an instance for it. */
export const volumeFrom = (
  run: Run,
  place: { readonly snapshotId: string; readonly zone: string },
): AwsCommand<Volume> =>
  createVolume({
    ...place,
    type: 'gp3',
    sizeGiB: null,
    initRate: null,
    clientToken: run.newId(),
    tags: ownershipTags(run.id, run.host.name, 'create-volume'),
  })

/** Asked for twice, because an answer was lost, the deletion is refused: what counts is that the volume goes. */
async function remove(run: Run, volumeId: string, command: AwsCommand<unknown>): Promise<void> {
  await run.do(command).catch(async (error: unknown) => {
    if (!isGone(await byId(run, volumeId))) throw error
  })
}

/**
 * Asks for the volume with each token in turn, from the first: the one whose volume lives gives that volume, one that was
 * never used makes it, and one whose volume is gone gives nothing.
 */
async function ask(run: Run, { clientToken, spares }: Before): Promise<string> {
  let spent: unknown
  for (const token of [clientToken, ...spares]) {
    try {
      return (await run.do(creation(run, token))).volumeId
    } catch (error) {
      const refusal = refusalOf(run, error)
      if (refusal !== undefined) throw new LifeboatError(refusal, error)
      if (!(error instanceof AwsError) || error.code !== 'IdempotentParameterMismatch') throw error
      spent = error
    }
  }
  const message = 'AWS made a volume for this run before, and it is gone again: resume makes another one'
  throw new LifeboatError({ code: 'token-spent', message }, spent)
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
  commands(run, stood) {
    if (run.answer(snapshotChoice).original) return []
    const gone = 'AWS says that what it made before is gone'
    return [
      ...(stood?.failed ?? []).map(discardVolume),
      creation(run, stood?.clientToken ?? '@a-new-token'),
      ...(stood?.spares ?? []).map((token) => ({ ...creation(run, token), onlyIf: gone })),
    ]
  },
  async survey(run, previous) {
    const fresh = { clientToken: run.newId(), chosenAt: run.now().toISOString() }
    if (previous === undefined) return { ...fresh, spares: [], failed: [] }
    const failed = (await ours(run)).filter((each) => each.state === 'error').map((each) => each.volumeId)
    // A failed volume's token would give that volume again, and the tokens before it are spent.
    if (failed.length > 0) return { ...fresh, spares: [], failed }
    return { ...previous, chosenAt: fresh.chosenAt, spares: [...previous.spares, fresh.clientToken], failed: [] }
  },
  async find(run) {
    const { original, volumeId } = run.answer(snapshotChoice)
    if (original) return { state: 'present', effect: { volumeId, made: false } }
    const there = await ours(run)
    const volume = there.find((each) => each.state !== 'error')
    if (volume === undefined) {
      // Not seen is not absent for sure: the same token is used again, and gives the same volume.
      if (there.length === 0) return { state: 'absent' }
      return { state: 'partial', what: `${there.map((each) => each.volumeId).join(', ')} is in state error` }
    }
    if (volume.state === 'creating') return { state: 'underway', what: `${volume.volumeId} to become available` }
    return { state: 'present', effect: { volumeId: volume.volumeId, made: true } }
  },
  async perform(run, stood) {
    const { original, volumeId } = run.answer(snapshotChoice)
    if (original) return { volumeId, made: false }
    for (const failed of stood.failed) {
      if ((await byId(run, failed))?.state === 'error') await remove(run, failed, discardVolume(failed))
    }
    const asked = await ask(run, stood)
    await becomesAvailable(run, asked)
    return { volumeId: asked, made: true }
  },
  async verify(run, _stood, { volumeId, made }): Promise<Finding[]> {
    const volume = await byId(run, volumeId)
    if (made ? volume?.tags[tag.made] === run.id : volume !== undefined) return []
    const message = made ? `${volumeId} is gone, or no longer carries ${tag.made}=${run.id}` : `${volumeId} is gone`
    return [{ level: 'error', message }]
  },
  undo: {
    async find(run, stood) {
      if (run.answer(snapshotChoice).original) return { state: 'absent' }
      const [volume] = await oursAtLast(run, stood)
      if (volume === undefined) return { state: 'absent' }
      if (volume.state === 'creating') return { state: 'underway', what: `${volume.volumeId} to become available` }
      return { state: 'present', effect: { volumeId: volume.volumeId, made: true } }
    },
    commands: (_run, _stood, it) => (it?.made === true ? [deleteVolume(it.volumeId)] : []),
    async perform(run, stood, it) {
      if (it === undefined || !it.made) return
      const volume = (await byId(run, it.volumeId)) ?? (await oursAtLast(run, stood)).at(0)
      if (volume === undefined || volume.volumeId !== it.volumeId || isGone(volume)) return
      if (volume.tags[tag.made] !== run.id) {
        throw new Refused({
          code: 'not-ours',
          message: `${volume.volumeId} does not carry ${tag.made}=${run.id}, so it is not deleted`,
        })
      }
      await remove(run, volume.volumeId, deleteVolume(volume.volumeId))
      await run.until(`${volume.volumeId} to be gone`, async () =>
        isGone(await byId(run, volume.volumeId)) ? true : undefined,
      )
    },
  },
  resources: (run, _stood, it) =>
    it === undefined
      ? []
      : [
          {
            kind: 'volume',
            id: it.volumeId,
            region: run.region,
            host: run.host.name,
            state: it.made ? 'made' : 'the original',
            madeByUs: it.made,
          },
        ],
}

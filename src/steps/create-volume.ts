import { z } from 'zod'
import { createVolume, deleteVolume, describeVolumes, discardVolume, type Volume } from '../remote/aws/ec2.ts'
import type { AwsCommand } from '../remote/command.ts'
import { AwsError, LifeboatError, Refused } from '../text/errors.ts'
import { failedVolume, refusalOf, vanished } from './create-volume-errors.ts'
import { snapshotChoice } from './snapshot.ts'
import type { Action, Finding, Run } from './step.ts'
import { ownershipTags, tag } from './tags.ts'
import { newVolumeType, volumeChoice } from './volume.ts'

const before = z.object({
  /** The same token never makes a second volume, so it is chosen before the call and kept. */
  clientToken: z.string(),
  /** When the token was chosen: what was asked for with it shows itself soon after, or never. */
  chosenAt: z.string().default('1970-01-01T00:00:00Z'),
  /** What earlier attempts left in state `error`: nothing is in it. */
  failed: z.array(z.string()).default([]),
})

type Before = z.infer<typeof before>

/** For an original volume, which is not made, it is that volume. */
const effect = z.object({ volumeId: z.string(), made: z.boolean().default(true) })

/** AWS was seen to need up to two minutes until every Describe call knew of a new volume. */
const settlesWithinMs = 120_000

/** So many good answers in a row count: one may be followed by an older one. */
const goodInARow = 3

/** So many in a row without a volume that was seen before: it is gone. */
const missingInARow = 10

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

/** What this step of this run made, whatever became of it. */
const ours = async (run: Run): Promise<Volume[]> =>
  (await run.do(describeVolumes({ [`tag:${tag.made}`]: [run.id], [`tag:${tag.step}`]: ['create-volume'] }))).filter(
    (volume) => volume.state !== 'deleting' && volume.state !== 'deleted',
  )

/** The same, when all that was asked for with this token must have shown itself. */
async function oursAtLast(run: Run, stood: Before): Promise<Volume[]> {
  const settled = Date.parse(stood.chosenAt) + settlesWithinMs
  return run.until(
    'AWS to show what it may have made already',
    async () => {
      const found = await ours(run)
      return found.length > 0 || run.now().getTime() >= settled ? found : undefined
    },
    { withinMs: settlesWithinMs },
  )
}

const byId = async (run: Run, volumeId: string): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)

const isGone = (volume: Volume | undefined): boolean =>
  volume === undefined || volume.state === 'deleting' || volume.state === 'deleted'

const isUsable = ({ state }: Volume): boolean => state === 'available' || state === 'in-use'

/** Asked again after a lost answer, AWS may know the volume no more. */
function unlessGone(error: unknown): void {
  if (!(error instanceof AwsError) || error.code !== 'InvalidVolume.NotFound') throw error
}

async function becomesAvailable(run: Run, volumeId: string): Promise<void> {
  const begun = run.now().getTime()
  let seen = false
  let good = 0
  let missing = 0
  await run.until(
    `${volumeId} to become available`,
    async () => {
      const volume = await byId(run, volumeId)
      if (volume === undefined || isGone(volume)) {
        good = 0
        missing += 1
        const late = run.now().getTime() - begun >= settlesWithinMs
        if (late || (seen && missing >= missingInARow)) throw vanished(run, volumeId)
        return undefined
      }
      seen = true
      missing = 0
      if (volume.state === 'error') throw failedVolume(run, volumeId)
      good = isUsable(volume) ? good + 1 : 0
      return good >= goodInARow ? true : undefined
    },
    { withinMs: 900_000 },
  )
}

/** Asks for the volume. A token whose volume is gone is no use any more: the next attempt takes another. */
async function ask(run: Run, stood: Before): Promise<string> {
  try {
    return (await run.do(creation(run, stood.clientToken))).volumeId
  } catch (error) {
    const refusal = refusalOf(run, error)
    if (refusal !== undefined) throw new LifeboatError(refusal, error)
    if (!(error instanceof AwsError) || error.code !== 'IdempotentParameterMismatch') throw error
    const [there] = await oursAtLast(run, stood)
    if (there !== undefined) return there.volumeId
    throw new LifeboatError(
      {
        code: 'token-spent',
        message:
          'AWS made a volume for this run before, and it is gone again; nothing else of it exists, and resume makes another one',
      },
      error,
    )
  }
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
  commands: (run, stood) =>
    run.answer(snapshotChoice).original
      ? []
      : [...(stood?.failed ?? []).map(discardVolume), creation(run, stood?.clientToken ?? '@a-new-token')],
  async survey(run, previous) {
    // What the attempt that failed asked for may still come, and then its token gives it; else the token is spent.
    const there = previous === undefined ? [] : await oursAtLast(run, previous)
    const failed = there.filter((each) => each.state === 'error').map((each) => each.volumeId)
    if (previous !== undefined && there.length > failed.length) return { ...previous, failed }
    return { clientToken: run.newId(), chosenAt: run.now().toISOString(), failed }
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
      if ((await byId(run, failed))?.state === 'error') await run.do(discardVolume(failed)).catch(unlessGone)
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
      await run.do(deleteVolume(volume.volumeId)).catch(unlessGone)
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

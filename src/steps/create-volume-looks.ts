// What became of a volume that was asked for: AWS's answers may be from a while ago.
import { describeVolumes, type Volume } from '../remote/aws/ec2.ts'
import { failedVolume, vanished } from './create-volume-errors.ts'
import type { Run } from './step.ts'
import { settlesWithinMs } from './settling.ts'
import { tag } from './tags.ts'

/** By then nobody asks with a token any more, however often the client tried again. */
const askedWithinMs = 900_000

/** So many good answers in a row count: one may be followed by an older one. */
const goodInARow = 3

/** So many in a row, ten seconds, without a volume that was seen before: it is gone. */
const missingInARow = 14

/** What this step of this run made, whatever became of it. */
export const ours = async (run: Run): Promise<Volume[]> =>
  (await run.do(describeVolumes({ [`tag:${tag.made}`]: [run.id], [`tag:${tag.step}`]: ['create-volume'] }))).filter(
    (volume) => volume.state !== 'deleting' && volume.state !== 'deleted',
  )

/** The same, when all that was asked for with these tokens must have shown itself. */
export async function oursAtLast(run: Run, stood: { readonly chosenAt: string }): Promise<Volume[]> {
  const settled = Math.min(run.now().getTime() + settlesWithinMs(run), Date.parse(stood.chosenAt) + askedWithinMs)
  return run.until(
    'AWS to show what it may have made already',
    async () => {
      const found = await ours(run)
      return found.length > 0 || run.now().getTime() >= settled ? found : undefined
    },
    { withinMs: 2 * settlesWithinMs(run) },
  )
}

export const byId = async (run: Run, volumeId: string): Promise<Volume | undefined> =>
  (await run.do(describeVolumes({ 'volume-id': [volumeId] }))).at(0)

export const isGone = (volume: Volume | undefined): boolean =>
  volume === undefined || volume.state === 'deleting' || volume.state === 'deleted'

const isUsable = ({ state }: Volume): boolean => state === 'available' || state === 'in-use'

/** @throws LifeboatError when the volume ends otherwise, at once or when it is clear */
export async function becomesAvailable(run: Run, volumeId: string): Promise<void> {
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
        const late = run.now().getTime() - begun >= settlesWithinMs(run)
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

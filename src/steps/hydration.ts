// How far a volume's blocks have come from S3: a disk that serves already may still be slow, which is another thing than
// being ready.
import { initialization } from '../remote/aws/ec2.ts'
import { duration } from '../text/time.ts'
import { createVolumeAction } from './create-volume.ts'
import type { Run, Watch } from './step.ts'

async function initializing(run: Run) {
  const { volumeId } = run.effect(createVolumeAction)
  const now = await run.do(initialization(volumeId))
  return now.state === 'initializing' ? { volumeId, ...now } : undefined
}

/** Follows the hydration of the new volume, beside the steps. */
export const hydrationWatch: Watch = {
  id: 'hydration',
  from: createVolumeAction.id,
  everyMs: 15_000,
  async poll(run) {
    const now = await initializing(run)
    return now === undefined ? undefined : { done: now.progress, total: 100, unit: '%' }
  },
  async lastWord(run) {
    const now = await initializing(run)
    if (now === undefined) return undefined
    const { volumeId, progress, estimatedSecondsLeft: left } = now
    const time = left === null ? '' : `, about ${duration(left * 1000)} more`
    return `the services are up; the disk is not at full speed yet: ${progress} % of ${volumeId} has come from S3${time}. What has not come is fetched when it is read, slowly`
  },
}

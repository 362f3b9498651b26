// How far a volume's blocks have come from S3: a disk that serves already may still be slow, which is another thing than
// being ready.
import { initialization } from '../remote/aws/ec2.ts'
import { about, duration } from '../text/time.ts'
import { createVolumeAction } from './create-volume.ts'
import type { Finding, Run, Watch } from './step.ts'

async function initializing(run: Run) {
  const { volumeId } = run.effect(createVolumeAction)
  const now = await run.do(initialization(volumeId))
  return now.state === 'initializing' ? { volumeId, ...now } : undefined
}

/**
 * What there is to say of a volume that this run made while its blocks are still on their way; nothing where they have
 * all come. Never throws: a policy may well lack this one action, and what it would tell is only a comfort.
 */
export async function hydrationFindings(run: Run): Promise<Finding[]> {
  if (!run.began(createVolumeAction.id) || !run.effect(createVolumeAction).made) return []
  const now = await initializing(run).catch(() => undefined)
  if (now === undefined) return []
  const { volumeId, progress, estimatedSecondsLeft, ownPace } = now
  const coming = `${volumeId} is ready; its blocks still come from S3 as they are read`
  const left = (estimatedSecondsLeft ?? 0) > 0 ? `, about ${about((estimatedSecondsLeft ?? 0) * 1000)} more` : ''
  const message = ownPace
    ? `${coming} (${progress} %), at their own pace: first reads are slow until then`
    : `${coming}: ${progress} %${left}`
  return [{ level: 'info', message }]
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

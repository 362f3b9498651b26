import { UsageError } from '../text/errors.ts'
import { parseInstant } from '../text/time.ts'
import type { Flags } from './flags.ts'

/** Whether `--at` is a moment rather than a snapshot's name: zfsnap writes its times with an underscore. */
export const isMoment = (at: string): boolean => /^\d{4}-\d\d-\d\dT/.test(at)

/**
 * Refuses what `--at` and `--way` can't mean, before anything is changed.
 * @param zone the host's time zone, shown where a time was given without one
 * @throws UsageError
 */
export function checkPointFlags({ at, way }: Flags, zone: string): void {
  if (way === 'clone' || way === 'files')
    throw new UsageError(`--way ${way} is not supported by this version; none and rollback are`)
  if (at === undefined || at === 'head') {
    if (way === 'rollback')
      throw new UsageError('--way rollback needs a snapshot to roll back to: --at latest, a name, or a time')
    return
  }
  if (way !== 'rollback')
    throw new UsageError(`--at ${at} needs --way rollback; to keep the head as it is, say --at head --way none`)
  if (isMoment(at)) parseInstant(at, zone)
}

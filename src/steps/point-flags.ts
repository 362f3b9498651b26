import { UsageError } from '../text/errors.ts'
import { parseInstant } from '../text/time.ts'
import type { Flags } from './flags.ts'
import type { RouteId } from './step.ts'

/** Whether `--at` is a moment rather than a snapshot's name: zfsnap writes its times with an underscore. */
export const isMoment = (at: string): boolean => /^\d{4}-\d\d-\d\dT/.test(at)

/** Refuses flags of one way where another was asked for. @throws UsageError */
function checkFileFlags({ way, to, path, dataset }: Flags): void {
  if (way !== 'files') {
    const given = to === undefined ? (path === undefined ? undefined : '--path') : '--to'
    if (given !== undefined) throw new UsageError(`${given} is for --way files, which copies files out of a snapshot`)
    return
  }
  if (to === undefined) throw new UsageError('--way files needs a folder on the host to copy to: --to DIR')
  if (!to.startsWith('/')) throw new UsageError(`--to ${to} must be an absolute path on the host`)
  if (path !== undefined && !path.startsWith('/') && dataset.length !== 1)
    throw new UsageError(`--path ${path} is not absolute: give one --dataset that it is in`)
}

/**
 * Refuses what `--at` and `--way` can't mean, before anything is changed.
 * @param zone the host's time zone, shown where a time was given without one
 * @throws UsageError
 */
export function checkPointFlags(
  { flags, route }: { readonly flags: Flags; readonly route: RouteId },
  zone: string,
): void {
  const { at, way } = flags
  checkFileFlags(flags)
  if (at === undefined || at === 'head') {
    if (way !== undefined && way !== 'none')
      throw new UsageError(`--way ${way} needs a snapshot: --at latest, a name, or a time`)
    if (at === 'head' && route === 'local' && way === undefined)
      throw new UsageError(
        '--at head --source local changes no data: if the services are only to be proven, add --way none',
      )
    return
  }
  if (way === undefined || way === 'none')
    throw new UsageError(
      `--at ${at} needs --way rollback, clone or files; to keep the head as it is, say --at head --way none`,
    )
  if (isMoment(at)) parseInstant(at, zone)
}

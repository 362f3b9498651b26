// Copies of one pool have the same name and GUID: the one that is imported may be another run's, and in production by now.
import { listPools } from '../remote/zfs/pool.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import { otherDisk } from './pool-disk.ts'
import type { Run } from './step.ts'

/** Says which disk the imported pool of this run's GUID is on, where it is not this run's; else undefined. */
export async function otherCopy(run: Run): Promise<string | undefined> {
  if (run.route !== 'ebs') return undefined
  const { guid, node } = run.before(inspectPoolAction)
  const imported = (await run.do(listPools())).find((pool) => pool.guid === guid)
  return imported === undefined ? undefined : otherDisk(run, imported.name, node)
}

/** Whether undoing has to keep its hands off: services and mounts are those of another copy. Says so. */
export async function leftAlone(run: Run, what: string): Promise<boolean> {
  const other = await otherCopy(run)
  if (other !== undefined) run.finding('warn', `${what}: ${other}, so they are not this run's`)
  return other !== undefined
}

import { commandText } from '../remote/remote.ts'
import { exportPool, importPool } from '../remote/zfs/pool.ts'
import { few } from '../text/few.ts'
import { Refused, type Next } from '../text/errors.ts'
import { raw, sh } from '../text/quote.ts'
import { findDiskAction } from './find-disk.ts'
import { inspectPoolAction } from './inspect-pool.ts'
import type { Blocker } from './rollback-blockers.ts'
import type { Run } from './step.ts'

/** A pool that is only looked at is open read-only: what changes it has to open it for writing, and close it again. */
function inPool(run: Run, line: string): string {
  if (run.route === 'local' || run.began('import-pool')) return run.onHost(line)
  const { pool, guid } = run.effect(inspectPoolAction)
  const { node } = run.effect(findDiskAction)
  // Several of these may be run one after the other: the one before has left the pool exported.
  const close = raw(commandText(exportPool(pool)))
  const open = raw(commandText(importPool({ guid, node, force: true })))
  return run.onHost(sh`{ ! zpool list ${pool} >/dev/null 2>&1 || ${close}; } && ${open} && ${raw(line)} && ${close}`)
}

const ways = (run: Run): Next[] => [
  { why: 'then go on', command: `lifeboat resume ${run.id}` },
  run.route === 'local'
    ? { why: 'or leave everything as it is', command: `lifeboat undo ${run.id} --confirm ${run.host.name}` }
    : { why: 'or keep the head: nothing is destroyed', command: `lifeboat resume ${run.id} --at head --way none` },
]

/**
 * Refuses to go on while any of these is in the way, naming each and what lifts it.
 * @throws Refused
 */
export function refuseBlockers(
  run: Run,
  blockers: readonly Blocker[],
  code = 'rollback-blocked',
  notChanged = 'no snapshot was destroyed and no dataset was rolled back',
): void {
  if (blockers.length === 0) return
  throw new Refused({
    code,
    message: `this is in the way: ${few(
      blockers.map((each) => each.what),
      10,
      '; ',
    )}`,
    notChanged: [notChanged],
    next: [
      ...blockers.map(({ what, how, line }) => ({ why: `${what}: ${how}`, command: inPool(run, line) })),
      ...ways(run),
    ],
  })
}

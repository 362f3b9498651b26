// What every command does to the pools of a host: find its mounts, and write what it has changed.
import type { Mount } from '../kernel.ts'
import { strftime } from '../local-clock.ts'
import { Failure } from './failure.ts'
import { nextTxg } from './ids.ts'
import { writePool } from './label.ts'
import type { Dataset, Host, Imported, Snapshot } from './model.ts'
import { measureAnew } from './space.ts'

/** Where a dataset is mounted: its files are those of the mount, whatever it is called by now. */
export const mountsOf = (host: Host, dataset: Dataset | Snapshot): Mount[] =>
  host.kernel
    .mounts()
    .filter((mount) => mount.fstype === 'zfs' && mount.files === dataset.files && isOf(mount, dataset))

// Snapshots between which nothing was written share their files: there the name tells.
const isOf = (mount: Mount, one: Dataset | Snapshot): boolean => 'path' in one || mount.source.endsWith(`@${one.name}`)

export const isMounted = (host: Host, dataset: Dataset): boolean => mountsOf(host, dataset).length > 0

/** @throws Failure that begins with `doing` where the pool can't be changed now */
export function checkWritable(imported: Imported, doing: string): void {
  if (imported.suspended) throw new Failure(`${doing}: pool I/O is currently suspended`)
  if (imported.readonly) throw new Failure(`${doing}: pool is read-only`)
}

/** Begins the transaction group of a change. */
export const beginTxg = (host: Host, imported: Imported): number => nextTxg(imported.pool, host.kernel.now().getTime())

/** Ends it. */
export function commit(host: Host, imported: Imported): void {
  measureAnew()
  host.changed.add(imported)
}

/** Writes what was changed to the disks. What was exported meanwhile is written already. */
export function writeChanged(host: Host): void {
  for (const imported of host.changed)
    if (host.imported.get(imported.name) === imported) writePool(host, imported, 'active')
  host.changed.clear()
}

/** Remembers a command line for `zpool history`. */
export function remember(host: Host, imported: Imported, words: readonly string[]): void {
  const at = strftime('%F.%T', host.kernel.now(), host.kernel.timeZone())
  imported.pool.history.push(`${at} ${words.join(' ')}`)
}

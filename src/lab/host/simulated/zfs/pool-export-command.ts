// zpool-export(8) and zpool-destroy(8).
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, mountsOf } from './host-state.ts'
import { remembered } from './import-pool.ts'
import { writePool, type Label } from './label.ts'
import type { Host, Imported } from './model.ts'
import { openPool } from './names.ts'
import { wordsOf } from './words.ts'

const exportUsage = 'export [-af] <pool> ...'
const destroyUsage = 'destroy [-f] <pool>'

/** Unmounts everything of a pool, snapshots too, the last mountpoint by name first. */
function unmountPool(host: Host, { pool }: Imported): void {
  const mounts = pool.state.datasets
    .flatMap((dataset) => [dataset, ...dataset.snapshots])
    .flatMap((one) => mountsOf(host, one))
    .toSorted((a, b) => Number(b.target > a.target) - Number(b.target < a.target))
  for (const { target } of mounts) {
    if (host.kernel.unmount(target) === 'busy') throw new Failure(`cannot unmount '${target}': pool or dataset is busy`)
  }
}

function letGo(host: Host, imported: Imported, state: Label['state']): void {
  const doing = `cannot ${state === 'destroyed' ? 'destroy' : 'export'} '${imported.name}'`
  // A real host waits here for its disk, maybe for ever.
  if (imported.suspended) throw new Failure(`${doing}: pool I/O is currently suspended`)
  unmountPool(host, imported)
  if (!imported.readonly) {
    beginTxg(host, imported)
    writePool(host, imported, state)
  }
  remembered(host, imported, false)
  host.imported.delete(imported.name)
}

export function exportCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'aFf', exportUsage)
  if (words.rest.length === 0 && !words.has('a')) throw misused('missing pool argument', exportUsage)
  const names = words.has('a') ? [...host.imported.keys()] : words.rest
  // With -F its label goes on to say that it is in use here (zpool_export_force in libzfs).
  const state = words.has('F') ? 'active' : 'exported'
  for (const name of names) out.attempt(() => letGo(host, openPool(host, name), state))
}

export function destroyPoolCommand(host: Host, args: readonly string[], _out: Out): void {
  const words = wordsOf(args, 'f', destroyUsage)
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing pool argument', destroyUsage)
  if (more !== undefined) throw misused('too many arguments', destroyUsage)
  const imported = openPool(host, name)
  checkWritable(imported, `cannot destroy '${name}'`)
  letGo(host, imported, 'destroyed')
}

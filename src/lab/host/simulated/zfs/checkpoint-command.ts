// zpool-checkpoint(8).
import { copyOf } from '../file-tree.ts'
import { Failure, misused, type Out } from './failure.ts'
import { beginTxg, checkWritable, commit } from './host-state.ts'
import type { Host, PoolState } from './model.ts'
import { openPool } from './names.ts'
import { wordsOf } from './words.ts'

const usage = 'checkpoint [-d [-w]] <pool>'

/** A state that what is done to the other one doesn't change. */
const stateAsItIs = (state: PoolState): PoolState => ({
  nextObjset: state.nextObjset,
  settings: new Map(state.settings),
  datasets: state.datasets.map((dataset) => ({
    ...dataset,
    settings: new Map(dataset.settings),
    files: copyOf(dataset.files),
    snapshots: dataset.snapshots.map((snapshot) => ({
      ...snapshot,
      holds: new Map(snapshot.holds),
      settings: new Map(snapshot.settings),
    })),
    bookmarks: [...dataset.bookmarks],
    crypt: dataset.crypt && { ...dataset.crypt },
  })),
})

export function checkpointCommand(host: Host, args: readonly string[], _out: Out): void {
  const words = wordsOf(args, 'dw', usage, ['discard', 'wait'])
  const [name, more] = words.rest
  if (name === undefined) throw misused('missing pool argument', usage)
  if (more !== undefined) throw misused('too many arguments', usage)
  const discard = words.has('d') || words.has('discard')
  if (words.has('w') && !discard) throw misused('--wait only valid when discarding a checkpoint', usage)
  const imported = openPool(host, name)
  const doing = discard ? `cannot discard checkpoint in '${name}'` : `cannot checkpoint '${name}'`
  checkWritable(imported, doing)
  const { pool } = imported
  if (discard && pool.checkpoint === null) throw new Failure(`${doing}: checkpoint does not exist`)
  if (!discard && pool.checkpoint !== null) throw new Failure(`${doing}: checkpoint exists`)
  const txg = beginTxg(host, imported)
  pool.checkpoint = discard ? null : { createdMs: host.kernel.now().getTime(), txg, state: stateAsItIs(pool.state) }
  commit(host, imported)
}

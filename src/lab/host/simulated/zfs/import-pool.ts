// Bringing a pool in.
import { Failure } from './failure.ts'
import { longTime } from './format.ts'
import { commit } from './host-state.ts'
import { newGuid, nextTxg } from './ids.ts'
import { inUseElsewhere, type Candidate } from './import-scan.ts'
import type { Host, Imported } from './model.ts'
import { leavesOf, vdevsHealth } from './pool-vdevs.ts'

export interface ImportOptions {
  /** What it is to be called here. */
  readonly as?: string | undefined
  /** Only until it is exported: the label keeps its name. */
  readonly temporary?: boolean
  readonly force?: boolean
  readonly readonly?: boolean
  readonly altroot?: string | undefined
  /** `none`, a file, or undefined for the default one. */
  readonly cachefile?: string | undefined
  readonly rewind?: boolean
}

export const defaultCache = '/etc/zfs/zpool.cache'

/** Writes down whether a pool is to be imported at boot. */
export function remembered(host: Host, imported: Imported, wanted: boolean): void {
  const others = host.cache.read().filter((guid) => guid !== imported.pool.guid)
  host.cache.write(wanted ? [...others, imported.pool.guid] : others)
}

/** Opens a pool that was found, with nothing mounted. @throws Failure as zpool_import says why not */
export function importCandidate(host: Host, candidate: Candidate, options: ImportOptions): Imported {
  const { label, pool } = candidate
  const name = options.as ?? label.name
  const doing = `cannot import '${label.name}'`
  if (inUseElsewhere(host, candidate) && options.force !== true)
    throw new Failure(
      `${doing}: pool was previously in use from another system.\n` +
        `Last accessed by ${label.hostname} (hostid=${label.hostid.replace(/^0+(?=.)/, '')}) at ${longTime(host, label.atMs)}\n` +
        "The pool can be imported, use 'zpool import -f' to import the pool.",
    )
  if (host.imported.has(name)) throw new Failure(`${doing}: pool already exists`)
  if (vdevsHealth(label.vdevs, candidate.missing) === 'UNAVAIL')
    throw new Failure(`${doing}: one or more devices is currently unavailable`)
  if (pool === undefined)
    throw new Failure(`${doing}: I/O error\n\tDestroy and re-create the pool from\n\ta backup source.`)
  if (options.rewind === true) {
    if (pool.checkpoint === null) throw new Failure(`${doing}: checkpoint does not exist`)
    pool.state = pool.checkpoint.state
    pool.checkpoint = null
  }
  for (const leaf of leavesOf(pool)) leaf.path = candidate.found.get(leaf.guid) ?? leaf.path
  const temporary = options.temporary === true && options.as !== undefined
  if (!temporary && options.readonly !== true) pool.name = name
  const cachefile = options.cachefile ?? (options.altroot === undefined ? undefined : 'none')
  const imported: Imported = {
    name,
    temporary,
    pool,
    altroot: options.altroot ?? null,
    readonly: options.readonly === true,
    cachefile: cachefile === undefined || cachefile === defaultCache || cachefile === '' ? null : cachefile,
    loadGuid: newGuid(host.kernel),
    keys: new Set(),
    missing: new Set(candidate.missing),
    suspended: false,
  }
  host.imported.set(name, imported)
  if (!imported.readonly) {
    nextTxg(pool, host.kernel.now().getTime())
    commit(host, imported)
  }
  remembered(host, imported, imported.cachefile === null)
  return imported
}

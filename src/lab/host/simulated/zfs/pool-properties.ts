// The properties of pools (zpoolprops(7)) and their features (zpool-features(7)).
import { niceBytes } from './format.ts'
import type { Host, Imported } from './model.ts'
import { poolSize } from './pool-size.ts'
import { poolHealth } from './pool-vdevs.ts'
import { allocated, checkpointBytes } from './space.ts'

export interface PoolValue {
  readonly exact: string
  /** Without `-p`. */
  readonly nice: string
  readonly source: string
}

const settable: Readonly<Record<string, string>> = {
  version: '-',
  bootfs: '-',
  delegation: 'on',
  autoreplace: 'off',
  failmode: 'wait',
  listsnapshots: 'off',
  autoexpand: 'off',
  ashift: '0',
  comment: '-',
  multihost: 'off',
  autotrim: 'off',
  compatibility: 'off',
}

const active =
  'empty_bpobj lz4_compress spacemap_histogram enabled_txg hole_birth extensible_dataset embedded_data userobj_accounting project_quota spacemap_v2 log_spacemap'.split(
    ' ',
  )

const features =
  'async_destroy empty_bpobj lz4_compress multi_vdev_crash_dump spacemap_histogram enabled_txg hole_birth extensible_dataset embedded_data bookmarks filesystem_limits large_blocks large_dnode sha512 skein edonr userobj_accounting encryption project_quota device_removal obsolete_counts zpool_checkpoint spacemap_v2 allocation_classes resilver_defer bookmark_v2 redaction_bookmarks redacted_datasets bookmark_written log_spacemap livelist device_rebuild zstd_compress draid'.split(
    ' ',
  )

/** In the order of `zpool get all`. */
export const poolPropertyNames: readonly string[] = [
  ...'size capacity altroot health guid version bootfs delegation autoreplace cachefile failmode listsnapshots autoexpand dedupratio free allocated readonly ashift comment expandsize freeing fragmentation leaked multihost checkpoint load_guid autotrim compatibility'.split(
    ' ',
  ),
  ...features.map((each) => `feature@${each}`),
]

const aliases: Readonly<Record<string, string>> = {
  alloc: 'allocated',
  cap: 'capacity',
  dedup: 'dedupratio',
  ckpoint: 'checkpoint',
  expandsz: 'expandsize',
  frag: 'fragmentation',
  listsnaps: 'listsnapshots',
  replace: 'autoreplace',
  expand: 'autoexpand',
}

/** The full name of a property; undefined where there is none. */
export function poolPropertyNamed(name: string): string | undefined {
  const full = aliases[name] ?? name
  return full === 'name' || poolPropertyNames.includes(full) ? full : undefined
}

export const isSettable = (name: string): boolean =>
  settable[name] !== undefined && name !== 'version' && name !== 'ashift'

function featureState({ pool }: Imported, name: string): string {
  const { datasets } = pool.state
  const used: Readonly<Record<string, boolean>> = {
    zpool_checkpoint: pool.checkpoint !== null,
    encryption: datasets.some((each) => each.crypt !== null),
    bookmarks: datasets.some((each) => each.bookmarks.length > 0),
    livelist: datasets.some((each) => each.origin !== null),
  }
  return (used[name] ?? active.includes(name)) ? 'active' : 'enabled'
}

const bytes = (value: number | null): PoolValue =>
  value === null
    ? { exact: '-', nice: '-', source: '-' }
    : { exact: String(value), nice: niceBytes(value), source: '-' }

const plain = (value: string, source = '-', nice = value): PoolValue => ({ exact: value, nice, source })

/** The value of a property by its full name. */
export function poolValue(_host: Host, imported: Imported, name: string): PoolValue {
  const { pool } = imported
  if (name.startsWith('feature@')) return plain(featureState(imported, name.slice('feature@'.length)), 'local')
  const size = poolSize(pool)
  const full = (): string => String(Math.floor((allocated(imported) * 100) / size))
  const values: Readonly<Record<string, () => PoolValue>> = {
    name: () => plain(imported.name),
    size: () => bytes(size),
    allocated: () => bytes(allocated(imported)),
    free: () => bytes(size - allocated(imported)),
    capacity: () => plain(full(), '-', `${full()}%`),
    altroot: () => (imported.altroot === null ? plain('-', 'default') : plain(imported.altroot, 'local')),
    health: () => plain(poolHealth(imported)),
    guid: () => plain(pool.guid),
    load_guid: () => plain(imported.loadGuid),
    cachefile: () => (imported.cachefile === null ? plain('-', 'default') : plain(imported.cachefile, 'local')),
    dedupratio: () => plain('1.00', '-', '1.00x'),
    readonly: () => plain(imported.readonly ? 'on' : 'off'),
    expandsize: () => plain('-'),
    freeing: () => plain('0'),
    leaked: () => plain('0'),
    fragmentation: () => plain('0', '-', '0%'),
    checkpoint: () => bytes(checkpointBytes(imported)),
  }
  const shown = values[name]?.()
  if (shown !== undefined) return shown
  const own = pool.state.settings.get(name)
  return own === undefined ? plain(settable[name] ?? '-', 'default') : plain(own.value, own.source)
}

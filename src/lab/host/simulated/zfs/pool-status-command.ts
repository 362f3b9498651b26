// zpool-status(8).
import { misused, type Out } from './failure.ts'
import { longTime, niceBytes } from './format.ts'
import type { Host, Imported } from './model.ts'
import { poolsNamed } from './pool-list-command.ts'
import { leafName, mirrorName, poolHealth, vdevHealth, vdevsHealth } from './pool-vdevs.ts'
import { checkpointBytes } from './space.ts'
import { wordsOf } from './words.ts'

const usage = 'status [-c [script1,script2,...]] [-igLpPstvxD]  [-T d|u] [pool] ... \n\t    [interval [count]]'

const page = 'https://openzfs.github.io/openzfs-docs/msg/'

interface Row {
  readonly name: string
  readonly state: string
  readonly note?: string
}

/** Lines of a config, with their names in one column. */
export const configLines = (rows: readonly Row[], cells: (row: Row) => string): string[] => {
  const width = Math.max(10, ...rows.map(({ name }) => name.length))
  return rows.map((row) => `\t${row.name.padEnd(width)}  ${cells(row)}`)
}

/** A config's width, for its header. */
const nameWidth = (rows: readonly Row[]): number => Math.max(10, ...rows.map(({ name }) => name.length))

/** The pool, its vdevs and its disks with their states. */
export function configRows(
  host: Host,
  imported: Pick<Imported, 'name' | 'pool'> & { readonly missing: ReadonlySet<string> },
  how: { path: boolean; resolved: boolean },
): Row[] {
  const { pool, missing } = imported
  const health = vdevsHealth(pool.vdevs, missing)
  const top: Row = {
    name: imported.name,
    state: health,
    ...(health === 'UNAVAIL' ? { note: 'insufficient replicas' } : {}),
  }
  return [
    top,
    ...pool.vdevs.flatMap((vdev) => {
      const leaves = vdev.leaves.map((leaf): Row => {
        const indent = ' '.repeat(vdev.kind === 'mirror' ? 4 : 2)
        return missing.has(leaf.guid)
          ? { name: indent + leaf.guid, state: 'UNAVAIL', note: `was ${leaf.path}` }
          : { name: indent + leafName(host, leaf, how), state: 'ONLINE' }
      })
      return vdev.kind === 'mirror'
        ? [{ name: `  ${mirrorName(pool, vdev)}`, state: vdevHealth(vdev, missing) }, ...leaves]
        : leaves
    }),
  ]
}

function trouble(imported: Imported): string[] {
  if (imported.suspended)
    return [
      'status: One or more devices are faulted in response to IO failures.',
      "action: Make sure the affected devices are connected, then run 'zpool clear'.",
      `   see: ${page}ZFS-8000-HC`,
    ]
  if (vdevsHealth(imported.pool.vdevs, imported.missing) === 'DEGRADED')
    return [
      'status: One or more devices could not be used because the label is missing or',
      '\tinvalid.  Sufficient replicas exist for the pool to continue',
      '\tfunctioning in a degraded state.',
      "action: Replace the device using 'zpool replace'.",
      `   see: ${page}ZFS-8000-4J`,
    ]
  return []
}

const cell = ({ state, note }: Row): string =>
  `${state.padEnd(8)} ${'0'.padStart(5)} ${'0'.padStart(5)} ${'0'.padStart(5)}${note === undefined ? '' : `  ${note}`}`

function statusLines(host: Host, imported: Imported, how: { path: boolean; resolved: boolean }): string[] {
  const { checkpoint } = imported.pool
  const rows = configRows(host, imported, how)
  return [
    `  pool: ${imported.name}`,
    ` state: ${poolHealth(imported)}`,
    ...trouble(imported),
    ...(checkpoint === null
      ? []
      : [
          `checkpoint: created ${longTime(host, checkpoint.createdMs)}, consumes ${niceBytes(checkpointBytes(imported) ?? 0)}`,
        ]),
    'config:',
    '',
    `\t${'NAME'.padEnd(nameWidth(rows))}  STATE     READ WRITE CKSUM`,
    ...configLines(rows, cell),
    '',
    imported.suspended
      ? 'errors: List of errors unavailable: pool I/O is currently suspended'
      : 'errors: No known data errors',
  ]
}

export function statusCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'igLpPsvxDtT:', usage)
  const names = words.rest
  if (names.some((each) => /^\d+$/.test(each))) throw misused('intervals are not in this lab', usage)
  const pools = poolsNamed(host, names, out)
  if (pools.length === 0) {
    if (names.length === 0) out.fail('no pools available', 0)
    return
  }
  const shown = words.has('x') ? pools.filter((each) => poolHealth(each) !== 'ONLINE') : pools
  if (words.has('x') && shown.length === 0) {
    if (names.length === 0) out.print('all pools are healthy')
    else for (const each of pools) out.print(`pool '${each.name}' is healthy`)
    return
  }
  const how = { path: words.has('P'), resolved: words.has('L') }
  out.stdout += shown.map((each) => `${statusLines(host, each, how).join('\n')}\n`).join('\n')
}

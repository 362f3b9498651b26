// zpool-list(8) and zpool-get(8).
import { misused, type Out } from './failure.ts'
import { niceBytes, tableLines, type Column } from './format.ts'
import type { Host, Imported } from './model.ts'
import { openPool } from './names.ts'
import { poolPropertyNamed, poolPropertyNames, poolValue } from './pool-properties.ts'
import { poolSize, vdevSize } from './pool-size.ts'
import { leafName, mirrorName, vdevHealth } from './pool-vdevs.ts'
import { allocated } from './space.ts'
import { wordsOf } from './words.ts'

const listUsage = 'list [-gHLpPv] [-o property[,...]] [-T d|u] [pool] ... \n\t    [interval [count]]'
const getUsage = 'get [-Hp] [-o "all" | field[,...]] <"all" | property[,...]> <pool> ...'

const headers: Readonly<Record<string, string>> = {
  allocated: 'ALLOC',
  capacity: 'CAP',
  dedupratio: 'DEDUP',
  checkpoint: 'CKPOINT',
  expandsize: 'EXPANDSZ',
  fragmentation: 'FRAG',
  readonly: 'RDONLY',
  listsnapshots: 'LISTSNAPS',
  autoreplace: 'REPLACE',
  autoexpand: 'EXPAND',
}

const sizes = [
  'size',
  'allocated',
  'free',
  'checkpoint',
  'expandsize',
  'fragmentation',
  'capacity',
  'dedupratio',
  'freeing',
  'leaked',
  'guid',
  'load_guid',
]
const flags = [
  'readonly',
  'delegation',
  'autoreplace',
  'listsnapshots',
  'autoexpand',
  'failmode',
  'multihost',
  'autotrim',
]

function columnOf(name: string): Column {
  const header = headers[name] ?? name.toUpperCase()
  if (sizes.includes(name)) return { header, right: true, width: 5, fixed: true }
  if (name === 'health') return { header, right: true, width: 8, fixed: true }
  return flags.includes(name) ? { header, right: true } : { header }
}

/** The pools that are named, or all, by name. */
export function poolsNamed(host: Host, names: readonly string[], out: Out): Imported[] {
  if (names.length === 0) return [...host.imported.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const found: Imported[] = []
  for (const name of names) out.attempt(() => void found.push(openPool(host, name)))
  return found
}

function propertyNames(text: string, usage: string): string[] {
  return text.split(',').map((name) => {
    const full = poolPropertyNamed(name)
    if (full === undefined) throw misused(`bad property list: invalid property '${name}'`, usage)
    return full
  })
}

const usual = 'name,size,allocated,free,checkpoint,expandsize,fragmentation,capacity,dedupratio,health,altroot'

/** The rows of a pool's vdevs with `-v`: what a property is of a vdev, and `-` for what is only the pool's. */
function vdevRows(
  host: Host,
  imported: Imported,
  columns: readonly string[],
  how: { exact: boolean; path: boolean; resolved: boolean },
): { depth: number; cells: string[] }[] {
  const { pool } = imported
  const size = (bytes: number): string => (how.exact ? String(bytes) : niceBytes(bytes))
  const row = (name: string, depth: number, health: string, bytes: number | undefined) => {
    const part = bytes === undefined ? 0 : bytes / poolSize(pool)
    const taken = Math.round((allocated(imported) * part) / 4096) * 4096
    const values: Readonly<Record<string, string>> = {
      name,
      health,
      ...(bytes === undefined
        ? {}
        : {
            size: size(bytes),
            allocated: size(taken),
            free: size(bytes - taken),
            fragmentation: how.exact ? '0' : '0%',
            capacity: how.exact ? String(Math.floor((taken * 100) / bytes)) : `${((taken * 100) / bytes).toFixed(2)}%`,
          }),
    }
    return { depth, cells: columns.filter((column) => column !== 'altroot').map((column) => values[column] ?? '-') }
  }
  return pool.vdevs.flatMap((vdev) => {
    const leaves = vdev.leaves.map((leaf) =>
      row(
        leafName(host, leaf, how),
        vdev.kind === 'mirror' ? 4 : 2,
        imported.missing.has(leaf.guid) ? 'UNAVAIL' : 'ONLINE',
        vdev.kind === 'mirror' ? undefined : vdevSize(vdev),
      ),
    )
    return vdev.kind === 'mirror'
      ? [row(mirrorName(pool, vdev), 2, vdevHealth(vdev, imported.missing), vdevSize(vdev)), ...leaves]
      : leaves
  })
}

export function poolListCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'HLpPgvo:T:', listUsage)
  const names = propertyNames(words.value('o') ?? usual, listUsage)
  const pools = poolsNamed(host, words.rest, out)
  if (pools.length === 0) {
    if (words.rest.length === 0 && !words.has('H')) out.print('no pools available')
    return
  }
  const how = { exact: words.has('p'), path: words.has('P'), resolved: words.has('L') }
  const rows = pools.flatMap((imported) => {
    const own = names.map((name) => {
      const value = poolValue(host, imported, name)
      return how.exact ? value.exact : value.nice
    })
    const below = words.has('v') ? vdevRows(host, imported, names, how) : []
    return [{ depth: 0, cells: own }, ...below]
  })
  if (words.has('H')) {
    for (const { depth, cells } of rows) out.print(`${depth > 0 ? '\t' : ''}${cells.join('\t')}`)
    return
  }
  const indented = rows.map(({ depth, cells: [first = '', ...rest] }) => [' '.repeat(depth) + first, ...rest])
  for (const line of tableLines(names.map(columnOf), indented)) out.print(line)
}

export function poolGetCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'Hpo:', getUsage)
  const [list, ...pools] = words.rest
  if (list === undefined) throw misused('missing property argument', getUsage)
  const names = list === 'all' ? poolPropertyNames : propertyNames(list, getUsage)
  const columns = (words.value('o') ?? 'name,property,value,source')
    .replace(/^all$/, 'name,property,value,source')
    .split(',')
  const unknown = columns.find((each) => !['name', 'property', 'value', 'source'].includes(each))
  if (unknown !== undefined) throw misused(`invalid column name '${unknown}'`, getUsage)
  const rows = poolsNamed(host, pools, out).flatMap((imported) =>
    names.map((property) => {
      const { exact, nice, source } = poolValue(host, imported, property)
      const cells: Readonly<Record<string, string>> = {
        name: imported.name,
        property,
        value: words.has('p') ? exact : nice,
        source,
      }
      return columns.map((column) => cells[column] ?? '')
    }),
  )
  if (words.has('H')) for (const row of rows) out.print(row.join('\t'))
  else if (rows.length > 0)
    for (const line of tableLines(
      columns.map((column) => ({ header: column.toUpperCase() })),
      rows,
    ))
      out.print(line)
}

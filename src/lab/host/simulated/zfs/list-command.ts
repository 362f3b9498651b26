// zfs-list(8).
import { misused, type Out } from './failure.ts'
import { tableLines, type Column } from './format.ts'
import type { Host } from './model.ts'
import { collect, kindsFrom, sorted, type Order } from './places.ts'
import { propertyNamed, type Kind } from './property-table.ts'
import { niceValue } from './property-text.ts'
import { isProperty, valueOf } from './property-values.ts'
import { wordsOf } from './words.ts'

const usage =
  'list [-Hp] [-r|-d max] [-o property[,...]] [-s property]...\n\t    [-S property]... [-t type[,...]] [filesystem|volume|snapshot] ...'

const space = 'name,avail,used,usedsnap,usedds,usedrefreserv,usedchild'

const plain: ReadonlySet<Kind> = new Set(['f', 'v'])

/** How `zfs list` shows a property (zfs_expand_proplist). */
function columnOf(name: string): Column {
  const property = propertyNamed(name)
  if (property === undefined || name === 'name') return { header: name === 'name' ? 'NAME' : name.toUpperCase() }
  if (property.name === 'creation') return { header: property.header }
  const right = property.type !== 'text' || property.name.endsWith('ratio')
  if (property.name === 'referenced') return { header: property.header, right, width: 8, fixed: true }
  if (property.values !== undefined)
    return {
      header: property.header,
      right: true,
      width: Math.max(...property.values.map((each) => each.length)),
      fixed: true,
    }
  return right
    ? { header: property.header, right, width: 5, fixed: property.type === 'bytes' }
    : { header: property.header }
}

/** Checks names of properties, as they are given with `-o`. */
function propertyList(text: string, usageLine: string): string[] {
  return text.split(',').map((name) => {
    if (!isProperty(name)) throw misused(`bad property list: invalid property '${name}'`, usageLine)
    return propertyNamed(name)?.name ?? name
  })
}

/** Reads `-r` and `-d`. */
export function depthFrom(has: boolean, depth: string | undefined, usageLine: string): number {
  if (depth === undefined) return has ? Infinity : 0
  if (!/^\d+$/.test(depth)) throw misused(`invalid depth '${depth}'`, usageLine)
  return Number(depth)
}

export function listCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'HS:d:o:prs:t:', usage)
  const asked = words.value('o')
  const kinds = words.has('t') ? kindsFrom(words.value('t') ?? '', usage) : plain
  const names = propertyList(asked === 'space' ? space : (asked ?? 'name,used,available,referenced,mountpoint'), usage)
  const given = depthFrom(words.has('r'), words.value('d'), usage)
  const onlyBelow = !kinds.has('f') && !kinds.has('v')
  const depth = given === 0 && onlyBelow && !words.has('d') ? 1 : given
  const places = sorted(
    host,
    collect(host, words.rest, { kinds, depth, ...(words.has('t') ? {} : { byName: 's' as const }) }, out),
    ordersIn(args, usage),
  )
  const rows = places.map((place) =>
    names.map((name) => {
      const { exact } = valueOf(host, place, name)
      return words.has('p') ? exact : niceValue(host, name, exact)
    }),
  )
  if (words.has('H')) for (const row of rows) out.print(row.join('\t'))
  else if (rows.length > 0) for (const line of tableLines(names.map(columnOf), rows)) out.print(line)
  else if (out.exitCode === 0) out.fail(words.rest.length === 0 ? 'no datasets available' : 'no datasets available', 0)
}

/** `-s` and `-S` in the order in which they were given. */
function ordersIn(args: readonly string[], usageLine: string): Order[] {
  const orders: Order[] = []
  for (const [at, word] of args.entries()) {
    const found = /^-[Hpr]*([sS])(.*)$/.exec(word)
    if (found === null) continue
    const property = found[2] === '' ? (args[at + 1] ?? '') : (found[2] ?? '')
    if (!isProperty(property)) throw misused(`invalid property '${property}'`, usageLine)
    orders.push({ property: propertyNamed(property)?.name ?? property, descending: found[1] === 'S' })
  }
  return orders
}

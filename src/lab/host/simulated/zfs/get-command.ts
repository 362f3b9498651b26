// zfs get: zfs-set(8).
import { misused, type Out } from './failure.ts'
import { tableLines } from './format.ts'
import { depthFrom } from './list-command.ts'
import type { Host } from './model.ts'
import { placeName, type Place } from './names.ts'
import { collect, kindsFrom } from './places.ts'
import { isUserProperty, properties, propertyNamed } from './property-table.ts'
import { niceValue } from './property-text.ts'
import { isProperty, userPropertiesOf, valueOf, type Value } from './property-values.ts'
import { wordsOf } from './words.ts'

const usage =
  'get [-rHp] [-d max] [-o "all" | field[,...]]\n\t    [-t type[,...]] [-s source[,...]]\n\t    <"all" | property[,...]> [filesystem|volume|snapshot|bookmark] ...'

const fields = ['name', 'property', 'value', 'received', 'source'] as const
type Field = (typeof fields)[number]
const sources = ['local', 'default', 'inherited', 'received', 'temporary', 'none']

function fieldsFrom(text: string): Field[] {
  if (text === 'all') return [...fields]
  return text.split(',').map((word) => {
    const found = fields.find((each) => each === word)
    if (found === undefined) throw misused(`invalid column name '${word}'`, usage)
    return found
  })
}

function sourcesFrom(text: string): string[] {
  return text.split(',').map((word) => {
    if (!sources.includes(word)) throw misused(`invalid source '${word}'`, usage)
    return word
  })
}

const sourceOf = ({ source }: Value): string =>
  source === '-' ? 'none' : source.startsWith('inherited') ? 'inherited' : source

/** With `all`, what has no value is left out. */
function valuesOf(host: Host, place: Place, asked: readonly string[] | 'all'): [string, Value][] {
  if (asked !== 'all') return asked.map((name) => [name, valueOf(host, place, name)])
  const names = [...properties.map((each) => each.name), ...userPropertiesOf(place)]
  return names
    .map((name): [string, Value] => [name, valueOf(host, place, name)])
    .filter(([, value]) => value.exact !== '-')
}

export function getCommand(host: Host, args: readonly string[], out: Out): void {
  const words = wordsOf(args, 'd:o:s:rt:Hp', usage)
  const [list, ...names] = words.rest
  if (list === undefined) throw misused('missing property argument', usage)
  const asked =
    list === 'all'
      ? 'all'
      : list.split(',').map((name) => {
          if (!isProperty(name)) throw misused(`bad property list: invalid property '${name}'`, usage)
          return propertyNamed(name)?.name ?? (isUserProperty(name) ? name : name)
        })
  const columns = fieldsFrom(words.value('o') ?? 'name,property,value,source')
  const from = words.has('s') ? sourcesFrom(words.value('s') ?? '') : sources
  const kinds = kindsFrom(words.value('t') ?? 'all', usage)
  const places = collect(host, names, { kinds, depth: depthFrom(words.has('r'), words.value('d'), usage) }, out)
  const rows = places.flatMap((place) =>
    valuesOf(host, place, asked)
      .filter(([, value]) => from.includes(sourceOf(value)))
      .map(([name, value]) => {
        const cells: Readonly<Record<Field, string>> = {
          name: placeName(place),
          property: name,
          value: words.has('p') ? value.exact : niceValue(host, name, value.exact),
          received: value.source === 'received' ? value.exact : '-',
          source: value.source,
        }
        return columns.map((column) => cells[column])
      }),
  )
  if (words.has('H')) for (const row of rows) out.print(row.join('\t'))
  else if (rows.length > 0)
    for (const line of tableLines(
      columns.map((column) => ({
        header: column.toUpperCase(),
        // As wide as its longest value, `zstd-fast-1000`.
        width: column === 'value' && (asked === 'all' || asked.includes('compression')) ? 14 : 0,
      })),
      rows,
    ))
      out.print(line)
}

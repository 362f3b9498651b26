import type { Difference } from '../steps/differences.ts'
import type { Entry, Looks, Place } from '../steps/looks.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { Browse } from './browse.tsx'
import { placeName } from './files.tsx'
import type { Table } from './table.ts'
import { useLoaded } from './use-loaded.ts'

const columns = [
  { title: '', rank: 6 },
  { title: 'PATH', rank: 5 },
  { title: 'WHAT', rank: 4 },
]

const time = ({ changedAt }: Entry): string => changedAt.slice(0, 19).replace('T', ' ')

/** In what it differs, the weightiest first. */
function what({ before, after }: Difference): string {
  if (before === null || after === null) {
    const its = before ?? after
    return its?.kind === 'file' ? bytes(its.bytes) : (its?.kind ?? '')
  }
  if (before.kind !== after.kind) return `${before.kind}, then ${after.kind}`
  if (before.to !== after.to) return 'leads elsewhere'
  if (before.bytes !== after.bytes && before.kind === 'file')
    return `${bytes(before.bytes)}, then ${bytes(after.bytes)}`
  if (before.changedAt !== after.changedAt && before.kind !== 'folder') return `written ${time(after)}`
  return `${before.owner}:${before.group} ${before.mode}, then ${after.owner}:${after.group} ${after.mode}`
}

/** The same in words: the column may have no room. */
const inWords = (each: Difference): string => {
  const how = each.before === null ? 'added, ' : each.after === null ? 'removed, ' : ''
  return oneLine(`${each.path}: ${how}${what(each)}`)
}

const sign = ({ before, after }: Difference): string => (before === null ? '+' : after === null ? '-' : '~')

const tableOf = (all: readonly Difference[]): Table => ({
  columns,
  rows: all.map((each) => [sign(each), oneLine(each.path), oneLine(what(each))]),
})

/** What differs below a folder between a snapshot and a later one, or the data as it is now. */
export function Compared(props: {
  readonly from: Place
  readonly to: Place
  readonly looks: Looks
  readonly path: string
}) {
  const { from, to, looks, path } = props
  const loaded = useLoaded(path, () => looks.compare(from, to, path))
  const all = loaded.state === 'there' ? loaded.value.all : []
  const cut = loaded.state === 'there' && loaded.value.cut
  const counts = ['+', '-', '~'].map((each) => all.filter((one) => sign(one) === each).length)
  const counted = `${counts[0]} added, ${counts[1]} removed, ${counts[2]} changed since`
  return (
    <Browse
      title={`From ${placeName(from)} to ${to.snapshot === null ? 'now' : `@${oneLine(to.snapshot)}`}`}
      about={`/${oneLine(path)}   ${loaded.state === 'there' && !cut ? `${counted} (by size, time, owner, mode)` : ''}`}
      table={loaded.state === 'there' ? { state: 'there', value: tableOf(all) } : loaded}
      waitingFor={`comparing everything below /${oneLine(path)}`}
      empty={cut ? 'there is too much below this folder: open one further down, and compare there' : 'nothing differs'}
      detail={(row) => {
        const each = all[row]
        return each === undefined ? '' : inWords(each)
      }}
      offered={[]}
      keys={() => ({})}
    />
  )
}

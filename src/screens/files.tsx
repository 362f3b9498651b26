import type { Entry, Looks, Mark, Place } from '../steps/looks.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { utcMinute } from '../text/time.ts'
import { Browse } from './browse.tsx'
import { Compared } from './compared.tsx'
import { FilePage } from './file-page.tsx'
import type { Table } from './table.ts'
import { useLoaded } from './use-loaded.ts'
import { useWizard } from './wizard-context.ts'

const columns = [
  { title: 'NAME', rank: 6 },
  { title: 'SIZE', rank: 5 },
  { title: 'CHANGED (UTC)', rank: 4 },
  { title: 'OWNER', rank: 2 },
  { title: 'MODE', rank: 1 },
]

const marks = { file: '', folder: '/', link: '', other: '' } as const

/** As a name and what it is: a folder ends in a slash, a link says where it leads. */
const nameOf = ({ path, kind, to }: Entry): string => oneLine(`${path}${marks[kind]}${to === null ? '' : ` -> ${to}`}`)

const tableOf = (entries: readonly Entry[]): Table => ({
  columns,
  rows: entries.map((each) => [
    nameOf(each),
    each.kind === 'file' ? bytes(each.bytes) : '',
    utcMinute(each.changedAt),
    oneLine(`${each.owner}:${each.group}`),
    each.mode,
  ]),
})

/** The head, or a snapshot by its full name. */
export const placeName = ({ dataset, snapshot }: Place): string =>
  oneLine(snapshot === null ? `${dataset} as it is now` : `${dataset}@${snapshot}`)

const joined = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`)

/** The next newer snapshot of the same dataset. */
function newerThan({ tracks }: Looks, { dataset, snapshot }: Place): Mark | undefined {
  const all = tracks.find((each) => each.dataset === dataset)?.marks ?? []
  const at = all.findIndex((each) => each.name === snapshot)
  return at === -1 ? undefined : all[at + 1]
}

/** What is in a folder of a snapshot. */
export function Files(props: { readonly place: Place; readonly looks: Looks; readonly path: string }) {
  const { looks, path } = props
  const place: Place = { dataset: props.place.dataset, snapshot: props.place.snapshot }
  const { cover, say } = useWizard()
  const loaded = useLoaded(path, () => looks.list(place, path))
  const entries = loaded.state === 'there' ? loaded.value.entries : []
  const cut = loaded.state === 'there' && loaded.value.cut
  function open(row: number | undefined): void {
    const entry = entries[row ?? -1]
    if (entry === undefined) return
    const at = joined(path, entry.path)
    if (entry.path.includes('\ufffd')) say('its name is not UTF-8: it can not be named here')
    else if (entry.kind === 'folder') cover(<Files place={place} looks={looks} path={at} />)
    else if (entry.kind === 'file') cover(<FilePage place={place} looks={looks} file={{ ...entry, path: at }} />)
    else say(entry.kind === 'link' ? 'a link: what it leads to is not followed' : 'neither a file nor a folder')
  }
  const compare = (to: Place): void => cover(<Compared from={place} to={to} looks={looks} path={path} />)
  const next = newerThan(looks, place)
  return (
    <Browse
      title={`Files of ${placeName(place)}`}
      about={`/${oneLine(path)}${cut ? `   only the first ${entries.length} are shown` : ''}`}
      table={loaded.state === 'there' ? { state: 'there', value: tableOf(entries) } : loaded}
      waitingFor={`reading /${oneLine(path)}`}
      empty="the folder is empty"
      detail={() => ''}
      offered={[
        { id: 'choose', word: 'open' },
        { id: 'compare' },
        next === undefined ? { id: 'nextNewer', disabled: 'there is no newer snapshot' } : { id: 'nextNewer' },
      ]}
      keys={(row) => ({
        choose: () => open(row()),
        compare: () => compare({ dataset: place.dataset, snapshot: null }),
        nextNewer: () => next !== undefined && compare({ dataset: place.dataset, snapshot: next.name }),
      })}
    />
  )
}

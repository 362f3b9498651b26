import type { Looks, Track } from '../steps/looks.ts'
import type { Point } from '../steps/point-answer.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { age, utcMinute } from '../text/time.ts'
import { Browse } from './browse.tsx'
import { Files } from './files.tsx'
import type { Table } from './table.ts'
import { useLoaded } from './use-loaded.ts'
import { useWizard } from './wizard-context.ts'

type Moment = Exclude<Point, { way: 'none' }>

const columns = [
  { title: 'DATASET', rank: 6 },
  { title: 'SNAPSHOT', rank: 3 },
  { title: 'AGE', rank: 5 },
  { title: 'WRITTEN SINCE', rank: 4 },
  { title: 'KEPT UNTIL (UTC)', rank: 2 },
  { title: 'HOLDS', rank: 1 },
]

function keptUntil(end: Date | undefined, now: Date): string {
  if (end === undefined) return ''
  return end <= now ? `${utcMinute(end)} (past)` : utcMinute(end)
}

const noSnapshot = 'has no snapshot of this moment: it is left as it is'

/** A row for each dataset of the tree, in the tree's order. */
function tableOf(point: Moment, looks: Looks, written: ReadonlyMap<string, number> | undefined, now: Date): Table {
  const targets = new Map(point.targets.map((each) => [each.dataset, each]))
  const row = ({ dataset, marks }: Track): string[] => {
    const its = targets.get(dataset)
    if (its === undefined) return [oneLine(dataset), 'none: left as it is', 'none', '', '', '']
    const since = written?.get(`${dataset}@${its.snapshot}`)
    const holds = marks.find((each) => each.createtxg === its.createtxg)?.holds ?? 0
    return [
      oneLine(dataset),
      oneLine(its.snapshot),
      age(its.createdAt, now),
      since === undefined ? '' : bytes(since),
      keptUntil(looks.expires(its.snapshot), now),
      holds === 0 ? '' : String(holds),
    ]
  }
  return { columns, rows: looks.tracks.map(row) }
}

/** What each dataset of the tree gets at this moment. */
export function Datasets({ point, looks }: { readonly point: Moment; readonly looks: Looks }) {
  const { now, cover, say } = useWizard()
  const written = useLoaded(point.at, () => looks.written(point.targets))
  const value = tableOf(point, looks, written.state === 'there' ? written.value : undefined, now)
  const trackAt = (row: number | undefined): Track | undefined => looks.tracks[row ?? -1]
  function open(row: number | undefined): void {
    const track = trackAt(row)
    const its = point.targets.find((each) => each.dataset === track?.dataset)
    if (track === undefined) return
    if (its === undefined) say(`${oneLine(track.dataset)} ${noSnapshot}`)
    else if (track.closed !== undefined) say(oneLine(track.closed))
    else cover(<Files place={its} looks={looks} path="" />)
  }
  const asked = { loading: '; what was written since is being asked', failed: '', there: '' }
  return (
    <Browse
      title={`The datasets at this moment: ${oneLine(point.at)}`}
      about={`${point.targets.length} of ${looks.tracks.length} have a snapshot of it${asked[written.state]}`}
      table={{ state: 'there', value }}
      waitingFor=""
      empty="the pool has no datasets"
      detail={(row) => {
        const track = trackAt(row)
        const has = point.targets.some((each) => each.dataset === track?.dataset)
        return oneLine([has ? '' : noSnapshot, track?.closed ?? ''].filter((each) => each !== '').join('; '))
      }}
      offered={[{ id: 'choose', word: 'files' }]}
      keys={(row) => ({ choose: () => open(row()) })}
    />
  )
}

import { Box, Text } from 'ink'
import type { Back, Question } from '../run/asking.ts'
import type { Looks } from '../steps/looks.ts'
import type { Point } from '../steps/point-answer.ts'
import type { Option } from '../steps/step.ts'
import { Datasets } from './datasets.tsx'
import { Files } from './files.tsx'
import type { Offered } from './keys.ts'
import { useBody } from './parts/frame.tsx'
import { colours, useLook } from './parts/look.tsx'
import { Pick } from './pick.tsx'
import { fittingScale, scales, timeline, type Piece } from './timeline.ts'
import { useLive } from './use-live.ts'
import { useWizard } from './wizard-context.ts'

const styles = {
  plain: {},
  name: {},
  chosen: { color: colours.marked, bold: true },
  newer: { color: colours.warn },
  gap: { dimColor: true },
} as const satisfies Record<Piece['tone'], object>

const looking: readonly Offered[] = [{ id: 'datasets' }, { id: 'files' }]

const zooming: readonly Offered[] = [{ id: 'closer' }, { id: 'wider' }]

/** So many rows of the list are always in sight. */
const listRows = 5

/** An empty row, the signs, the time, and of several datasets two at least. */
const leastPicture = 5

/** Of so many free rows, those of the picture of the tree; none where the list has to have all of them. */
function pictureRows(datasets: number, free: number): number {
  const whole = datasets + 3
  const rows = Math.min(whole, free - listRows, Math.floor((free * 2) / 3))
  return rows < Math.min(whole, leastPicture) ? 0 : rows
}

const pointOf = (marked: Option<unknown> | undefined): Point | undefined =>
  // The options of this question have moments as their values.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  marked?.value as Point | undefined

/** Which moment: a list of them, and below it where the marked one lies among all snapshots of the tree. */
export function Moment(props: {
  readonly question: Question
  readonly looks: Looks
  readonly answer: (answer: Option<unknown> | Back) => void
}) {
  const { question, looks, answer } = props
  const { now, cover, say } = useWizard()
  const { columns } = useBody()
  const { glyphs } = useLook()
  const columnMs = useLive(() => fittingScale(looks.tracks))
  const zoom = (by: number): void => {
    const to = scales[scales.indexOf(columnMs.now()) + by]
    if (to === undefined) say(by < 0 ? 'it is as close as it gets' : 'it is as wide as it gets')
    else columnMs.set(to)
  }
  const open = (marked: Option<unknown> | undefined, files: boolean): void => {
    const point = pointOf(marked)
    if (point === undefined || point.way === 'none') return say('there is no moment to look at')
    const [only] = point.targets
    // Of several datasets it has to be said which.
    cover(
      files && only !== undefined && point.targets.length === 1 ? (
        <Files place={only} looks={looks} path="" />
      ) : (
        <Datasets point={point} looks={looks} />
      ),
    )
  }
  return (
    <Pick
      question={question}
      answer={answer}
      beside={{
        rows: (free) => pictureRows(looks.tracks.length, free),
        offered: (rows) => (rows === 0 ? looking : [...looking, ...zooming]),
        keys: (marked) => ({
          datasets: () => open(marked(), false),
          files: () => open(marked(), true),
          closer: () => zoom(-1),
          wider: () => zoom(1),
        }),
        draw(marked, rows) {
          const point = pointOf(marked)
          const targets = point === undefined || point.way === 'none' ? [] : point.targets
          const picture = timeline({
            tracks: looks.tracks,
            chosen: new Map(targets.map((each) => [each.dataset, each.createtxg])),
            destroys: point?.way === 'rollback',
            nowMs: now.getTime(),
            columnMs: columnMs.value,
            columns,
            rows: rows - 1,
            glyphs,
          })
          return (
            <Box flexDirection="column" paddingTop={rows === 0 ? 0 : 1}>
              {picture.map((pieces, at) => (
                <Text key={at} wrap="truncate-end">
                  {' '}
                  {pieces.map((piece, which) => (
                    <Text key={which} {...styles[piece.tone]}>
                      {piece.text}
                    </Text>
                  ))}
                </Text>
              ))}
            </Box>
          )
        },
      }}
    />
  )
}

import { Box, Text } from 'ink'
import stringWidth from 'string-width'
import type { StepId } from '../steps/step.ts'
import { bytes } from '../text/bytes.ts'
import { oneLine } from '../text/display.ts'
import { duration } from '../text/time.ts'
import { leftOf, usually } from './estimates.ts'
import { findingLines } from './findings.ts'
import { journalLine } from './journal-line.ts'
import type { Offered } from './keys.ts'
import { Frame, useBody } from './parts/frame.tsx'
import { cut } from './parts/cut.ts'
import { colours, useLook } from './parts/look.tsx'
import { lineProps, wrapped, type Line } from './parts/scroll.tsx'
import { useOffered, useWizard } from './wizard-context.ts'
import { rehearsalOf, stepOf, type StepView, type View } from './view.ts'

const offeredIn = (view: View): readonly Offered[] => [
  { id: 'why' },
  { id: 'commands' },
  { id: 'log' },
  { id: 'help' },
  { id: 'stop' },
  {
    id: 'back',
    disabled: `something was made of the answers already${rehearsalOf(view) !== undefined ? '' : '; lifeboat undo takes it back'}`,
  },
]

/** After so long it says what it waits for. */
const patienceMs = 5000

/** So many lines of what is waited for are shown, and fewer on a screen of few rows. */
const seenRows = (rows: number): number => (rows <= 16 ? 2 : 3)

const barWidth = 20

/** `done of total`, in the unit's own words, with a bar where the whole is known. */
function progressText({ done, total, unit }: NonNullable<StepView['progress']>, full: string, empty: string): string {
  if (done === null) return ''
  const shown = (value: number): string => (unit === 'bytes' ? bytes(value) : `${value}`)
  if (total === null || total === 0) return `${shown(done)} ${unit ?? ''}`
  const filled = Math.round((Math.min(done, total) / total) * barWidth)
  const percent = `${Math.floor((done / total) * 100)} %`
  return `${full.repeat(filled)}${empty.repeat(barWidth - filled)} ${percent}  ${shown(done)} of ${shown(total)} ${unit === 'bytes' ? '' : (unit ?? '')}`
}

const colourOf = { done: colours.good, now: colours.marked, failed: colours.bad, ahead: undefined } as const

/** In whole seconds: tenths would only flicker. What has just begun may be ahead of a clock that is read once a second. */
const sinceMs = (fromMs: number, nowMs: number): number => Math.max(0, Math.floor((nowMs - fromMs) / 1000) * 1000)

/** One step: how it stands, how long it has taken, and what it usually takes where it has not ended. */
function StepRow({
  step,
  nowMs,
  columns,
}: {
  readonly step: StepView
  readonly nowMs: number
  readonly columns: number
}) {
  const { glyphs } = useLook()
  const { usualMs } = useWizard()
  const took =
    step.durationMs ?? (step.state === 'now' && step.startedMs !== null ? sinceMs(step.startedMs, nowMs) : null)
  const usual = step.state === 'now' || step.state === 'ahead' ? usually(usualMs, step.id) : undefined
  const times = [took === null ? undefined : duration(took), usual].filter((each) => each !== undefined)
  const said = times.join(', ')
  // Half a time is none: what it has taken comes first.
  const told = stringWidth(`  ${step.title}  ${said}`) <= columns ? said : (times[0] ?? '')
  const colour = colourOf[step.state]
  // Only a volume is followed beyond its step: it is ready before its blocks are there.
  const goesOn = step.state === 'done' && step.progress?.done != null ? `hydrated ${step.progress.done} %` : null
  return (
    <Text wrap="truncate-end" dimColor={step.state === 'ahead'} bold={step.state === 'now'}>
      {' '}
      <Text {...(colour === undefined ? {} : { color: colour })}>{glyphs[step.state]}</Text>
      {` ${step.title}`}
      {told === '' ? null : <Text dimColor>{`  ${told}`}</Text>}
      {goesOn === null ? null : <Text>{`  ${goesOn}`}</Text>}
    </Text>
  )
}

/** What the present step does, says and waits for. */
function Live({
  step,
  nowMs,
  rows,
  columns,
}: {
  readonly step: StepView
  readonly nowMs: number
  readonly rows: number
  readonly columns: number
}) {
  const { glyphs } = useLook()
  const { size } = useWizard()
  const command = step.commands.filter((each) => !each.reads).at(-1)
  const { progress, waitingSinceMs } = step
  const waited = waitingSinceMs === null ? 0 : sinceMs(waitingSinceMs, nowMs)
  const waits = progress?.waitingFor != null && waited >= patienceMs ? progress.waitingFor : null
  const bar = progress === null ? '' : progressText(progress, glyphs.full, glyphs.empty)
  const live = wrapped(
    [
      ...(bar === '' ? [] : [{ text: bar }]),
      ...(waits === null ? [] : [{ text: `waiting ${duration(waited)} for ${waits}`, tone: 'warn' } as const]),
    ],
    columns - 4,
  )
  // One row each: the newest is at the end, where a wrapped one before it would push it out.
  const seen = (progress?.lines ?? [])
    .slice(-seenRows(size.rows))
    .map((text): Line => ({ text: journalLine(text), tone: 'dim' }))
  const run = command === undefined ? [] : wrapped([{ text: `$ ${oneLine(command.text)}`, tone: 'dim' }], columns - 4)
  const found = wrapped(findingLines(step), columns - 4)
  // Its beginning tells which command it is, and the latest findings count: whole scripts must not hide how far it is.
  const left = Math.max(0, rows - live.length - seen.length)
  const ofCommand = Math.min(run.length, Math.max(Math.min(1, left), left - found.length))
  const its = run
    .slice(0, ofCommand)
    .map((line, at) =>
      at === ofCommand - 1 && run.length > ofCommand
        ? { ...line, text: `${cut(line.text, columns - 9, '')} ${glyphs.more}` }
        : line,
    )
  const lines = [...its, ...live, ...seen, ...found.slice(Math.max(0, found.length - left + ofCommand))]
  return (
    <Box flexDirection="column" paddingLeft={3}>
      {lines.slice(0, Math.max(1, rows)).map((line, at) => (
        <Text key={at} wrap="truncate-end" {...lineProps(line)}>
          {line.text}
        </Text>
      ))}
    </Box>
  )
}

/** The steps of this part of the run, without those that were passed over or may never come. */
function stepsShown(
  all: readonly StepView[],
  present: StepView | undefined,
  isComing: (step: StepId) => boolean,
): StepView[] {
  const steps = all.filter((step) => step.kind === 'action' && step.leg === present?.leg)
  const at = steps.findIndex((step) => step.id === present?.id)
  return steps.filter((step, its) => step.state !== 'ahead' || (its > at && isComing(step.id)))
}

/** The steps of this part of the run, and the present one at length. */
export function Run() {
  const { view, now, isComing, usualMs, usualRuns } = useWizard()
  const { columns, rows } = useBody()
  const present = stepOf(view, view.now)
  const offered = offeredIn(view)
  useOffered(offered, present, {})
  const steps = stepsShown(view.steps, present, isComing)
  const at = Math.max(
    0,
    steps.findIndex((step) => step.id === present?.id),
  )
  const detailRows = Math.max(3, Math.floor(rows / 3))
  const notice = view.notice === null ? [] : wrapped([{ text: oneLine(view.notice) }], columns)
  const room = Math.max(1, rows - detailRows - Math.max(1, notice.length))
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), steps.length - room))
  const shown = steps.slice(from, from + room)
  const left = leftOf(steps, now.getTime(), { usualMs, usualRuns })
  return (
    <Frame offered={offered}>
      {shown.map((step) => (
        <Box key={step.id} flexDirection="column">
          <StepRow step={step} nowMs={now.getTime()} columns={columns} />
          {step.id === present?.id ? (
            <Live step={step} nowMs={now.getTime()} rows={detailRows} columns={columns} />
          ) : null}
        </Box>
      ))}
      {notice.map(({ text }, row) => (
        <Text key={row} color={colours.warn}>
          {` ${text}`}
        </Text>
      ))}
      {/* In its place: when the run was asked to stop, nothing more is to come. */}
      {notice.length > 0 || left === undefined ? null : <Text dimColor wrap="truncate-end">{` ${left}`}</Text>}
    </Frame>
  )
}

import { Text } from 'ink'
import stringWidth from 'string-width'
import type { Stand } from '../stages.ts'
import { colours, useLook } from './look.tsx'

const colourOf = { done: colours.good, now: colours.marked, failed: colours.bad, ahead: undefined } as const

/** The stages, the present one always among them: where not all fit, those far from it are left out. */
export function Stepper({ stages, columns }: { readonly stages: readonly Stand[]; readonly columns: number }) {
  const { glyphs } = useLook()
  const texts = stages.map(({ title, state }) => (state === 'ahead' ? title : `${title} ${glyphs[state]}`))
  const present = stages.findIndex((each) => each.state === 'now' || each.state === 'failed')
  // Between two stages, and at the end, it is the last that was done.
  const now =
    present === -1
      ? Math.max(
          0,
          stages.findLastIndex((each) => each.state === 'done'),
        )
      : present
  const width = (from: number, to: number): number =>
    texts.slice(from, to).reduce((sum, each) => sum + stringWidth(each) + 3, 0) + 4
  let [from, to] = [0, stages.length]
  while (width(from, to) > columns && to - from > 1) {
    if (now - from > to - 1 - now) from++
    else to--
  }
  return (
    <Text wrap="truncate-end">
      {from === 0 ? ' ' : ` ${glyphs.more} `}
      {stages.slice(from, to).map(({ title, state }, at) => (
        <Text key={title} dimColor={state === 'ahead'} bold={state === 'now'} {...colour(colourOf[state])}>
          {at === 0 ? '' : ` ${glyphs.next} `}
          {texts[from + at]}
        </Text>
      ))}
      {to === stages.length ? '' : ` ${glyphs.more}`}
    </Text>
  )
}

const colour = (color: string | undefined): { color?: string } => (color === undefined ? {} : { color })

import { Text } from 'ink'
import stringWidth from 'string-width'
import { oneLine } from '../../text/display.ts'
import type { View } from '../view.ts'
import { useLook } from './look.tsx'

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `+02:31`, and with hours `+1:02:31`. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  const clock = `${twoDigits(minutes)}:${twoDigits(seconds % 60)}`
  return hours === 0 ? `+${clock}` : `+${hours}:${clock}`
}

/** Mode, place and host on the left; the clock in UTC and the time since the start on the right. */
export function Header({ view, columns, now }: { readonly view: View; readonly columns: number; readonly now: Date }) {
  const { glyphs } = useLook()
  const right = `${now.toISOString().slice(11, 19)}Z  ${elapsed(now.getTime() - view.startedMs)} `
  const words = ['lifeboat', ...view.place.map(oneLine)]
  const room = columns - stringWidth(right) - 2
  const left = words.reduce((text, each) => {
    const longer = text === '' ? ` ${each}` : `${text} ${glyphs.dot} ${each}`
    return stringWidth(longer) <= room ? longer : text
  }, '')
  const gap = glyphs.dot.repeat(Math.max(0, room - stringWidth(left)))
  return (
    <Text wrap="truncate-end">
      <Text bold>{left}</Text>
      <Text dimColor>{` ${gap} `}</Text>
      {right}
    </Text>
  )
}

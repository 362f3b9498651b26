import { Text } from 'ink'
import stringWidth from 'string-width'
import { oneLine } from '../../text/display.ts'
import type { View } from '../view.ts'
import { cut } from './cut.ts'
import { useLook } from './look.tsx'

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `+02:31`, and with hours `+1:02:31`. */
function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  const clock = `${twoDigits(minutes)}:${twoDigits(seconds % 60)}`
  return hours === 0 ? `+${clock}` : `+${hours}:${clock}`
}

/** The account in words, the fullest first: people know its alias, and its number tells it for certain. */
function accountWords(account: View['account']): readonly string[] {
  if (account === null) return []
  const names = [account.accountAlias, account.account].filter((each) => each !== null)
  return [...new Set([names.join(' '), account.account])].map((each) => `acct ${oneLine(each)}`)
}

/** As much as fits of mode, host and place: which host it is and what is done to it stays the longest. */
function leftSide(view: View, room: number, dot: string): string {
  const [mode = '', host = '', ...rest] = view.place.map(oneLine)
  const joined = (words: readonly string[]): string => ` ${words.filter((each) => each !== '').join(` ${dot} `)}`
  const ways = [
    ...accountWords(view.account).flatMap((account) => [
      ['lifeboat', mode, host, ...rest, account],
      [mode, host, ...rest, account],
    ]),
    ['lifeboat', mode, host, ...rest],
    ['lifeboat', mode, host],
    [mode, host],
  ]
  const fits = ways.map(joined).find((text) => stringWidth(text) <= room)
  return fits ?? joined([mode, cut(host, room - stringWidth(joined([mode, '-'])) + 1)])
}

/** Mode, host, place and account on the left; the clock in UTC and the time since the start on the right. */
export function Header({ view, columns, now }: { readonly view: View; readonly columns: number; readonly now: Date }) {
  const { glyphs } = useLook()
  // Before it is known which host it is about, nothing has begun.
  const since = view.place.length < 2 ? '' : ` ${elapsed(now.getTime() - view.startedMs)} `
  const right = `${now.toISOString().slice(11, 19)}Z ${since}`
  const room = columns - stringWidth(right) - 2
  const left = leftSide(view, room, glyphs.dot)
  const gap = glyphs.dot.repeat(Math.max(0, room - stringWidth(left)))
  return (
    <Text wrap="truncate-end">
      <Text bold>{left}</Text>
      <Text dimColor>{` ${gap} `}</Text>
      {right}
    </Text>
  )
}

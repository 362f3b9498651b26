// What people write on the host irc-1: the same for the same seed.

const nicks = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi']
const openings = [
  'is anyone looking at',
  'just finished',
  'who broke',
  'thanks for',
  'can we talk about',
  'I will take',
  'still waiting for',
  'please review',
]
const matters = [
  'the mail queue',
  'the new rack',
  'the build',
  'the release notes',
  'the invoices',
  'the certificate',
  'the backup report',
  "tomorrow's maintenance",
  'the door badge list',
  'the printer on floor two',
]

/** A number from 0 up to 1, another at each call. */
export type Chance = () => number

/** The same numbers for the same seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const anyOf = (chance: Chance, words: readonly string[]): string => words[Math.floor(chance() * words.length)] ?? ''

/** A whole number from `least` to `most`. */
export const between = (chance: Chance, least: number, most: number): number =>
  least + Math.floor(chance() * (most - least + 1))

/** A nick of somebody. */
export const anyNick = (chance: Chance): string => anyOf(chance, nicks)

/** What somebody says, without when. */
export const anyRemark = (chance: Chance): string => `${anyOf(chance, openings)} ${anyOf(chance, matters)}`

/** ISO UTC without fractions, as the chat server writes it. */
export const secondsOf = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`

/** Records of the chat server at these times. */
export const chatLines = (chance: Chance, atMs: readonly number[]): string[] =>
  atMs.map((at) => `${secondsOf(at)} ${anyNick(chance)} ${anyRemark(chance)}`)

/** So many instants between two, in order. */
export const instants = (chance: Chance, count: number, fromMs: number, toMs: number): number[] =>
  Array.from({ length: count }, () => fromMs + Math.floor(chance() * (toMs - fromMs))).toSorted((a, b) => a - b)

// Takes out of answers what no two hosts, and no two runs, have in common. Everything else stays as it was said.
import { decompressed } from '../../src/remote/compressed.ts'
import type { Answer, Case, Normalise } from './contract.ts'

const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'

const everywhere: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\b[0-9a-f]{32}\b/g, '<id>'],
  // zpool(8): `Sun Nov 22 06:42:30 2026`; systemctl(1): `Sun 2026-11-22 06:42:30 UTC; 3min 4s ago`.
  [new RegExp(String.raw`\b${weekday} ${month} +\d+ +\d+:\d\d(?::\d\d)? +\d{4}`, 'g'), '<time>'],
  [new RegExp(String.raw`\b${weekday} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC(?:; .*? (?:ago|left))?`, 'g'), '<time>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+0000|\+00:00)?/g, '<time>'],
  [new RegExp(String.raw`\b${month} +\d+ \d\d:\d\d(?::\d\d)?\b`, 'g'), '<time>'],
  [/\b17[67]\d{7}(?:\.\d+)?\b/g, '<time>'],
  // A guid of ZFS.
  [/\b\d{15,20}\b/g, '<guid>'],
  [/\bhostid=[0-9a-f]+\b/g, 'hostid=<hostid>'],
  [/ *\b\d+(?:\.\d+)?[BKMGT]\b/g, ' <size>'],
  [/\b(chatd|sh|systemd|cron|zpool|chat-backup)\[\d+\]/g, '$1[<pid>]'],
]

/** In rows with tabs between: numbers of bytes, of transaction groups. What is one digit is said as it is. */
const cells = (line: string): string =>
  line.includes('\t')
    ? line
        .split('\t')
        .map((cell) => (/^\d{2,}$/.test(cell) ? '<n>' : cell))
        .join('\t')
    : line

function ofText(text: string, more: Normalise): string {
  let said = text
  for (const [what, word] of everywhere) said = said.replaceAll(what, word)
  return more(said.split('\n').map(cells).join('\n'))
}

/** What two hosts have to say alike. */
export const normalised = (answer: Answer, { normalise, compressed }: Case): Answer => ({
  code: answer.code,
  stdout: ofText(compressed ? decompressed(answer).stdout : answer.stdout, normalise),
  stderr: ofText(answer.stderr, normalise),
})

/** Without what follows on how a command is used: the lab knows less of each. */
export const noUsage: Normalise = (text) => text.replace(/^usage:\n[\s\S]*/m, 'usage: …')

/** JSON with its keys in order: what a channel program returns is a table of Lua, which has none. */
export const keys: Normalise = (text) => {
  if (!text.startsWith('{')) return text
  const ordered = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => Number(a > b) - Number(a < b))
            .map(([name, each]) => [name, ordered(each)]),
        )
  return JSON.stringify(ordered(JSON.parse(text)))
}

/** Of what lsblk tells in JSON the disks of the contract, by their serial: a kernel counts disks as it comes upon them. */
export const ourDisks: Normalise = (text) => {
  if (!text.startsWith('{')) return text
  const { blockdevices } = JSON.parse(text) as { blockdevices: { serial: string | null }[] }
  const ours = blockdevices.filter(({ serial }) => serial?.startsWith('vol') === true)
  return JSON.stringify(ours.toSorted((a, b) => (a.serial ?? '').localeCompare(b.serial ?? '')))
}

/** Every number. */
export const numbers: Normalise = (text) => text.replaceAll(/\b\d+\b/g, '<n>')

/** The lines in an order of their own, where a host tells them in any. */
export const sorted: Normalise = (text) => {
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  return [...lines.toSorted(), last].join('\n')
}

/** All lines in an order of their own: what two programs write at once comes in any. */
export const anyOrder: Normalise = (text) => text.split('\n').toSorted().join('\n')

/** One after the other. */
export const both =
  (...each: readonly Normalise[]): Normalise =>
  (text) =>
    each.reduce((said, next) => next(said), text)

/** The lines in which something stands. */
export const only =
  (what: RegExp): Normalise =>
  (text) =>
    text
      .split('\n')
      .filter((line) => what.test(line))
      .join('\n')

/** Runs of blanks as one, where a column is as wide as its widest number. */
export const blanks: Normalise = (text) => text.replaceAll(/ +/g, ' ').replaceAll(/ $/gm, '')

/** The number of a disk: a host has other disks too. */
export const diskNumbers: Normalise = (text) => text.replaceAll(/\bnvme\dn1(?=p?\d*\b)/g, 'nvme<n>n1')

/** Of ls(1): how many names a file has, how many blocks there are, how old it is: another thing on each filesystem. */
export const links: Normalise = (text) =>
  text
    .replaceAll(/^total \d+$/gm, 'total <n>')
    .replaceAll(/^([-dlb][-rwxst]{9}) +\d+ /gm, '$1 <n> ')
    .replaceAll(/(?<= )[A-Z][a-z]{2} +\d+ +(?:\d{4}|\d\d:\d\d)(?= )/g, '<time>')

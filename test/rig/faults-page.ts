// The page of faults for operators, written from what Lifeboat really said.
import type { z } from 'zod'
import type { BadDay } from './bad-days/bad-day.ts'
import type { Ran } from './program.ts'
import type { contractError } from './contract.ts'

interface Said {
  readonly message: string
  readonly next: readonly string[]
}

export interface Row extends Said {
  readonly situation: string
  readonly exitCode: number
  /** What is other than before, or `nothing`. */
  readonly left: string
}

type ErrorOf = z.infer<typeof contractError>

/** The error that a run ended with. */
export function errorOf(ran: Ran): ErrorOf | undefined {
  const event = ran.events.findLast((each) => each.type === 'error' || each.type === 'step-failed')
  return event?.error as ErrorOf | undefined
}

/** Names that are other ones in each run, as one reads them in a manual. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/\b\d{8}-\d{6}-[0-9a-f]{4}\b/g, 'RUN'],
  [/\b(vol|snap|i)-[0-9a-f]{17}\b/g, '$1-…'],
  [/SHA256:[\w+/]{43}/g, 'SHA256:…'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME'],
  [/\bafter \d+ ms\b/g, 'after a moment'],
  [/\bport \d+/g, 'port PORT'],
  [/127\.0\.0\.1\]?:\d+/g, 'ADDRESS'],
  [/\[ADDRESS/g, 'ADDRESS'],
  [/\S*\/lifeboat-rig-\w+\/(?:scene-\w+\/|vm\/)?/g, '…/'],
]

/** Puts what differs from run to run out of a text. */
const masked = (text: string): string => masks.reduce((left, [what, by]) => left.replace(what, by), text)

export const rowOf = (day: Pick<BadDay, 'situation'>, ran: Ran, left: string): Row => ({
  situation: day.situation,
  message: masked(errorOf(ran)?.message ?? ''),
  exitCode: ran.exitCode ?? -1,
  left,
  next: (errorOf(ran)?.next ?? []).map(({ command }) => masked(command)),
})

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim()
const code = (text: string): string => `\`${cell(text)}\``

/** The page: a table for each group, in the order in which they were tried. */
export function faultsPage(groups: readonly { readonly title: string; readonly rows: readonly Row[] }[]): string {
  const parts = groups.flatMap(({ title, rows }) => [
    `## ${title}`,
    '',
    '| what is wrong | what Lifeboat says | exit | what was changed | next |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ situation, message, exitCode, left, next }) =>
        `| ${cell(situation)} | ${cell(message)} | ${exitCode} | ${cell(left)} | ${next.map(code).join('<br>')} |`,
    ),
    '',
  ])
  return [
    '<!-- Made by npm run docs from runs in the lab, each of which is also a test. -->',
    '# What goes wrong, and what Lifeboat says',
    '',
    'Names, times and addresses are left out. RUN is the name of a run, as `lifeboat runs` lists them.',
    '',
    ...parts,
  ].join('\n')
}

/** Each row's situation and exit code, as a page has them. */
export const rowsOnPage = (page: string): string[] =>
  page
    .split('\n')
    .filter((line) => /^\| .* \| \d+ \|/.test(line))
    .map((line) => {
      const cells = line.split(/(?<!\\)\|/).map((each) => each.trim())
      return `${cells[1]}: ${cells[3]}`
    })

// One list of what is asked of a host, for every host of the lab: what is sent, and what may differ in the answers.
import type { ShellCommand } from '../../src/remote/command.ts'
import { compressing } from '../../src/remote/compressed.ts'
import { sh } from '../../src/text/quote.ts'

/** What makes two answers comparable: it takes out what no two hosts have in common. */
export type Normalise = (text: string) => string

/** A line for the host, after the lines that bring about what it finds. */
export interface Case {
  readonly name: string
  /** Each has to end with 0. */
  readonly before: readonly string[]
  readonly line: string
  readonly stdin: string
  /** What it puts out is compressed on its way. */
  readonly compressed: boolean
  /** After what is done to every answer. */
  readonly normalise: Normalise
}

/** Cases that go on from one another, on a host that `end` leaves as it was before. */
export interface Story {
  readonly name: string
  readonly begin: readonly string[]
  readonly cases: readonly Case[]
  readonly end: readonly string[]
}

/** What a host said. */
export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Who plays a story, and tells what the host said to each of its cases. @throws Error when a line before one fails */
export type Play = (story: Story) => Promise<readonly Answer[]>

/** Disks that every host of the contract has, blank at first. */
export const disks = { one: 'vol-0c0ffee0000000001', two: 'vol-0c0ffee0000000002' } as const

export const diskBytes = 512 * 1024 ** 2

/** The link that udev makes for one of them. */
export const linkOf = (volumeId: string): string =>
  `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace('-', '')}`

/** When a host of the contract begins, by its own clock. */
export const beginsAt = '2026-03-28T12:00:30Z'

const same: Normalise = (text) => text

/** A command as the program sends it. */
export const asked = (
  name: string,
  command: ShellCommand<unknown>,
  { before = [], normalise = same, secret }: Partial<Pick<Case, 'before' | 'normalise'>> & { secret?: string } = {},
): Case => ({
  name,
  before,
  line: command.compressed === true ? compressing(command.line) : command.line,
  stdin: secret ?? command.stdin ?? '',
  compressed: command.compressed === true,
  normalise,
})

/** A line as an operator types it; its own name unless it has another. */
export const typed = (
  line: string,
  { before = [], normalise = same, name = line }: Partial<Pick<Case, 'before' | 'normalise' | 'name'>> = {},
): Case => ({ name, before, line, stdin: '', compressed: false, normalise })

/** A case's line as it is sent: to a shell of its own, in root's home. */
export const lineOf = ({ line }: Pick<Case, 'line'>): string => sh`sh -c ${line}`

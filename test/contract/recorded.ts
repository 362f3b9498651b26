// What the real host has said, in files beside this one: made by `LIFEBOAT_CONTRACT=record vitest run --project rig
// test/contract`, and checked by the same without it.
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Answer, Play, Story } from './contract.ts'
import { normalised } from './normalise.ts'

const fileOf = ({ name }: Story): string =>
  join(import.meta.dirname, 'recorded', `${name.replaceAll(/[^a-z]+/g, '-')}.json`)

const answers = z.record(
  z.string(),
  z.strictObject({ code: z.int(), stdout: z.array(z.string()), stderr: z.array(z.string()) }),
)

/** Answers by the case's name, each output as its lines. */
export type Answers = Readonly<z.infer<typeof answers>>

const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'))

/** Plays a story, and tells what was said as it can be compared. */
export async function played(story: Story, play: Play): Promise<Answers> {
  const said = await play(story)
  return Object.fromEntries(
    story.cases.map((one, at) => {
      const { code, stdout, stderr } = normalised(
        said[at] ?? ({ code: -1, stdout: '', stderr: '' } satisfies Answer),
        one,
      )
      return [one.name, { code, stdout: linesOf(stdout), stderr: linesOf(stderr) }]
    }),
  )
}

/** Of a story that nobody has played to the real host yet there is nothing to compare with. */
export const isRecorded = (story: Story): boolean => existsSync(fileOf(story))

export const recorded = async (story: Story): Promise<Answers> =>
  answers.parse(JSON.parse(await readFile(fileOf(story), 'utf8')))

export const record = (story: Story, said: Answers): Promise<void> =>
  writeFile(fileOf(story), `${JSON.stringify(said, null, 1)}\n`)

import { z } from 'zod'
import { oneLine } from '../text/display.ts'
import { RemoteCommandError, type Resource } from '../text/errors.ts'
import { readingDump, streamCommands, streamError } from './dumps/streaming.ts'
import { placesOf, replacedBy } from './places.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Action, Finding, Run } from './step.ts'

const nothing = z.object({})

/** What was unpacked, beside what is there now. */
const unpacked = z.object({ facts: z.array(z.string()).default([]) })

type Unpacked = z.infer<typeof unpacked>

/** It only tells: what can't be compared is put in place all the same. */
async function compared(run: Run): Promise<string[]> {
  const command = recipeOf(run).compared?.(placesOf(run))
  if (command === undefined) return []
  run.report({ waitingFor: 'what was unpacked to be counted' })
  try {
    return (await run.do(command)).map((each) => oneLine(each))
  } catch (error) {
    if (error instanceof RemoteCommandError && error.exitCode !== null) return []
    throw error
  }
}

function unpackedBeside(run: Run): Resource[] {
  const made = recipeOf(run).made?.(placesOf(run))
  const where = { region: null, host: run.host.name, state: 'from the dump, beside the old data', madeByUs: true }
  return made === undefined ? [] : [{ ...made.resource, ...where }]
}

/** Makes the new data beside the old one. */
export const unpackAction: Action<Record<string, never>, Unpacked> = {
  kind: 'action',
  id: 'unpack',
  version: 1,
  needs: ['check-dump'],
  title: 'make the new data beside the old',
  why: 'Unpacking takes longest and fails most: no space, a name that the filesystem refuses, a stream that does not fit. Beside the old data it can fail without harm, and the service is down only for the two renames that follow.',
  danger: 'low',
  aside: true,
  applies: (run) => recipeOf(run).unpack(placesOf(run)).length > 0,
  before: nothing,
  effect: unpacked,
  holdsUntil: 'put-in-place',
  renews: true,
  commands: (run) => [...streamCommands(run), ...recipeOf(run).unpack(placesOf(run))],
  survey: async () => ({}),
  find: async () => ({ state: 'absent' }),
  async perform(run) {
    const waitingFor = `${replacedBy(run)} to be made anew beside the old`
    run.report({ waitingFor })
    for (const command of recipeOf(run).unpack(placesOf(run))) {
      const said = await readingDump(run, command, waitingFor).catch((error: unknown) => {
        throw streamError(run, error)
      })
      for (const [, lost = ''] of said.matchAll(/^warning\t(.*)$/gm))
        run.finding('warn', `not as in the dump: ${oneLine(lost).slice(0, 300)}`)
    }
    return { facts: await compared(run) }
  },
  async verify(run): Promise<Finding[]> {
    const standing = await run.do(recipeOf(run).standing(placesOf(run)))
    return standing === 'new' ? [{ level: 'error', message: 'what was unpacked is not there' }] : []
  },
  // From there on it is what has the place, or what had it is.
  resources: (run) => (run.began('put-in-place') ? [] : unpackedBeside(run)),
  undo: {
    commands: (run) => (run.began('start-services') ? [] : recipeOf(run).discard(placesOf(run))),
    async perform(run) {
      if (run.began('start-services')) {
        run.finding('warn', `what came from the dump is kept beside ${replacedBy(run)}: services have written to it`)
        return
      }
      for (const command of recipeOf(run).discard(placesOf(run))) await run.do(command)
    },
  },
}

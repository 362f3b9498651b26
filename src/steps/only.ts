// What of a dump comes back: all of it, or one file or folder.
import { posix } from 'node:path'
import { z } from 'zod'
import { oneLine } from '../text/display.ts'
import { UsageError } from '../text/errors.ts'
import { recipeOf } from './recipes/recipes.ts'
import type { Choice, Run } from './step.ts'

const only = z.object({ path: z.string().min(1).nullable() })

type Only = z.infer<typeof only>

const whole: Only = { path: null }

/** A path from the dump's root, without what means nothing in it. @throws UsageError */
function pathIn(text: string): string {
  const path = posix.normalize(text).replace(/\/+$/, '')
  const shown = oneLine(text)
  if (posix.isAbsolute(text) || text.split('/').includes('..'))
    throw new UsageError(`${shown} is no path in the dump: name it from the dump's root, such as mail/example.org`)
  if (path === '' || path === '.' || path.includes('\0')) throw new UsageError(`${shown} names nothing in the dump`)
  return path
}

function demandOnly(run: Run, text: string): Only {
  const recipe = recipeOf(run)
  if (recipe.wrongOnly === undefined)
    throw new UsageError(`a dump of kind ${recipe.kind} is put in place as a whole: --only is not for it`)
  const path = pathIn(text)
  const wrong = recipe.wrongOnly(path)
  if (wrong !== undefined) throw new UsageError(wrong)
  return { path }
}

/** What of the dump comes back. */
export const onlyChoice: Choice<Only> = {
  kind: 'choice',
  id: 'only',
  version: 1,
  needs: ['dump'],
  question: 'What of the dump should come back?',
  flag: '--only',
  answeredBy: ['only'],
  why: 'Often one file or one folder is all that is missing, and everything else that was written since is good. Then that alone is made beside what is there, and takes its place; all else below the folder stays as it is. The services are stopped for it all the same: what they have open, they would go on with.',
  danger: () => 'none',
  answer: only,
  aside: true,
  applies: (run) => recipeOf(run).wrongOnly !== undefined || run.flags.only !== undefined,
  // A run that was begun before there was this question.
  settled: (run) => (run.began('bring-back') || run.began('gate') ? whole : undefined),
  async *options(run) {
    const detail = 'or name one file or folder in it: then that alone is replaced, and all else stays as it is'
    yield { kind: 'option', value: whole, label: 'all of it', detail }
    const { only: path } = run.flags
    if (path !== undefined) yield { kind: 'option', value: demandOnly(run, path), label: oneLine(path) }
  },
  suggested: (_run, seen) => seen[0],
  fromFlags: (run) => (run.flags.only === undefined ? undefined : demandOnly(run, run.flags.only)),
  typed: {
    what: "one file or folder of it: its path from the dump's root, such as mail/example.org",
    read: async (run, text) => demandOnly(run, text),
  },
  check: async () => [],
}

/** The one path of the dump that comes back; null: all of it does. */
export const onlyOf = (run: Run): string | null => run.answer(onlyChoice, whole).path

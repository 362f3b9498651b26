// A recipe that somebody has written into the config, with the words of the program's own: bash for each.
import { z } from 'zod'
import { dumpKind, dumpKinds } from '../dumps/dump-answer.ts'

const script = z.string().trim().min(1)

const isPattern = (text: string): boolean => {
  try {
    return RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

/**
 * Every script is run by bash with `set -euo pipefail` in the folder of the fetched objects, as root, and knows `$RUN`,
 * `$INTO` and `$STAGING`, and the functions `each` and `unpacked`. Each may be run again, also after it was killed.
 */
const ownRecipe = z.strictObject({
  /** By which `kind` and `--dump-kind` name it. */
  name: dumpKind.refine(
    (name) => !(dumpKinds as readonly string[]).includes(name),
    'is a kind that Lifeboat has itself',
  ),
  /** A regular expression: objects whose names, without what comes before the last slash, match it are of this kind. */
  match: z.string().refine(isPattern, 'must be a regular expression').optional(),
  /** Programs that the host has to have. */
  tools: z.array(z.string().regex(/^[\w.+-]+$/, 'must be the name of a program')).default([]),
  /** Reads all of it, while the services run. Each line that it puts out is shown; when it fails, the dump is refused. */
  check: script.optional(),
  /** Makes the new data beside the old, while the services run. */
  unpack: script.optional(),
  /** Removes again what `unpack` has made. */
  discard: script.optional(),
  /** The old data aside, the new in its place. The services are down. */
  swap: script,
  /** The old data back, also when `swap` has failed half way. */
  unswap: script,
  /** Puts out `old`, `between` or `new`. Without it, what has the place is told by whether `swap` came to its end. */
  standing: script.optional(),
  /** Removes the old data for good. It is never run: it is told at the end. */
  remove: script.optional(),
})

export type OwnRecipe = z.infer<typeof ownRecipe>

export const ownRecipes = z
  .array(ownRecipe)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two have the same name')

import { dumpKey, type dumpKinds } from '../dumps/dump-answer.ts'
import type { HostProfile } from '../profile.ts'
import type { Run } from '../step.ts'
import { UsageError } from '../../text/errors.ts'
import { archiveRecipe, duplicityRecipe, folderRecipe } from './folder.ts'
import { recipeOfConfig } from './own.ts'
import { postgresRecipe } from './postgres.ts'
import type { Recipe } from './recipe.ts'
import { rocketchatRecipe } from './rocketchat.ts'
import { zfsStreamRecipe } from './zfs-stream.ts'

/** The recipe of each kind that the program has one for. */
const recipes: Readonly<Record<(typeof dumpKinds)[number], Recipe>> = {
  postgres: postgresRecipe,
  folder: folderRecipe,
  archive: archiveRecipe,
  'zfs-stream': zfsStreamRecipe,
  rocketchat: rocketchatRecipe,
  duplicity: duplicityRecipe,
}

/** That of a kind, the config's own among them. @throws UsageError where there is none */
export function demandRecipe(host: Pick<HostProfile, 'recipes'>, kind: string): Recipe {
  const own = host.recipes?.find(({ name }) => name === kind)
  const found = own === undefined ? Object.entries(recipes).find(([name]) => name === kind)?.[1] : recipeOfConfig(own)
  if (found !== undefined) return found
  const kinds = [...Object.keys(recipes), ...(host.recipes ?? []).map(({ name }) => name)]
  throw new UsageError(
    `there is no recipe for dumps of kind ${kind}: there are ${kinds.join(', ')}, and what [[recipes]] of the config adds`,
  )
}

/** That of the chosen dump. */
export const recipeOf = (run: Run): Recipe => demandRecipe(run.host, run.answer(dumpKey).kind)

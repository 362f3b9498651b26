import { dumpKey, type DumpKind } from '../dumps/dump-answer.ts'
import type { Run } from '../step.ts'
import { archiveRecipe, folderRecipe } from './folder.ts'
import { postgresRecipe } from './postgres.ts'
import type { Recipe } from './recipe.ts'
import { zfsStreamRecipe } from './zfs-stream.ts'

/** The recipe of each kind. */
export const recipes: Readonly<Record<DumpKind, Recipe>> = {
  postgres: postgresRecipe,
  folder: folderRecipe,
  archive: archiveRecipe,
  'zfs-stream': zfsStreamRecipe,
}

/** That of the chosen dump. */
export const recipeOf = (run: Run): Recipe => recipes[run.answer(dumpKey).kind]

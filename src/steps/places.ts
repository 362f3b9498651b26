import { dumpPlaceChoice } from './dump-place.ts'
import { stagingOf } from './fetch.ts'
import type { Places } from './recipes/recipe.ts'
import type { Run } from './step.ts'

/** Where the recipe of this run works. */
export const placesOf = (run: Run): Places => ({
  run: run.id,
  into: run.answer(dumpPlaceChoice),
  staging: stagingOf(run).dir,
})

import { checkOwn, ownLine, ownStanding, runOwn, swapOwn, unswapOwn } from '../../remote/linux/own-scripts.ts'
import { checkFiles } from '../../remote/linux/check-staged.ts'
import type { ShellCommand } from '../../remote/command.ts'
import { checkedBy } from './checked.ts'
import type { OwnRecipe } from './own-recipe.ts'
import type { Checked, Places, Recipe } from './recipe.ts'

function checking(places: Places, script: string): ShellCommand<Checked> {
  const command = checkOwn(places, script)
  return {
    ...command,
    parse(output) {
      const { facts, problem } = command.parse(output)
      return { facts, problems: problem === null ? [] : [problem], unpackedBytes: null }
    },
  }
}

/** The recipe that stands in the config. */
export function recipeOfConfig(own: OwnRecipe): Recipe {
  const { name, check, unpack, discard, swap, unswap, standing, remove } = own
  return {
    kind: name,
    into: `what the recipe ${name} knows as $INTO`,
    // It is put into scripts as a variable, and shown in one line.
    wrongInto: (into) => (/^\P{Cc}+$/u.test(into) ? undefined : `${JSON.stringify(into)} is not one line`),
    staged: 'its scripts read files',
    tools: ['bash', 'curl', ...own.tools],
    obstacles: async () => [],
    room: async () => null,
    check: (places) => (check === undefined ? checkedBy(checkFiles(places.staging)) : checking(places, check)),
    unpack: (places) => (unpack === undefined ? [] : [runOwn(places, unpack)]),
    discard: (places) => (discard === undefined ? [] : [runOwn(places, discard)]),
    swap: (places) => [swapOwn(places, swap)],
    unswap: (places) => [unswapOwn(places, unswap)],
    standing: (places) => ownStanding(places, standing),
    ...(remove === undefined
      ? {}
      : {
          aside: (places) => ({
            resource: { kind: 'data', id: `${places.into}, as the recipe ${name} has set it aside` },
            remove: ownLine(places, remove),
          }),
        }),
  }
}

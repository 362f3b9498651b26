import { replacedPath } from '../remote/linux/folder-swap.ts'
import { oneLine } from '../text/display.ts'
import { dumpPlaceChoice } from './dump-place.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { stagingOf } from './dumps/staging.ts'
import { streamOf } from './dumps/streaming.ts'
import { onlyOf } from './only.ts'
import type { Places } from './recipes/recipe.ts'
import type { Run } from './step.ts'

const secret = { name: 'passphrase', prompt: "the passphrase of the dump (none, where root's keyring has its key)" }

/** A file of this machine that was given for this run goes before what the config says. */
function passphraseOf(run: Run, keyFile: string | undefined): Places['passphrase'] {
  const { kind, prefix } = run.answer(dumpKey)
  const isStream = kind === 'zfs-stream'
  if (!isStream && (kind !== 'duplicity' || !prefix.endsWith('.gpg'))) return null
  if (keyFile !== undefined && !run.isGiven(secret.name)) return { file: keyFile }
  // Only its contents tell whether a stream wants one: nobody is asked beforehand.
  return (isStream ? run.isGiven(secret.name) : run.hasSecret(secret.name)) ? { secret } : null
}

/** Of what is to be kept, what is below the one path, from there. */
const keptBelow = (keep: readonly string[], only: string | null): readonly string[] =>
  only === null ? keep : keep.flatMap((each) => (each.startsWith(`${only}/`) ? [each.slice(only.length + 1)] : []))

/** Where the recipe of this run works, and what the config says of it. */
export function placesOf(run: Run): Places {
  const { entry } = run.answer(dumpKey)
  const only = onlyOf(run)
  const config = run.host.dumps.find((each) => each.name === entry)
  return {
    run: run.id,
    into: run.answer(dumpPlaceChoice),
    only,
    staging: stagingOf(run).dir,
    stream: streamOf(run),
    owner: config?.owner ?? null,
    keep: keptBelow(config?.keep ?? [], only),
    passphrase: passphraseOf(run, config?.key_file),
  }
}

/** What is replaced, for a reader: the folder, or the one path in it. */
export const replacedBy = (run: Run): string =>
  oneLine(replacedPath({ into: run.answer(dumpPlaceChoice), only: onlyOf(run) }))

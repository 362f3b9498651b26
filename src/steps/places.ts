import { dumpPlaceChoice } from './dump-place.ts'
import { dumpKey } from './dumps/dump-answer.ts'
import { stagingOf } from './dumps/staging.ts'
import { streamOf } from './dumps/streaming.ts'
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

/** Where the recipe of this run works, and what the config says of it. */
export function placesOf(run: Run): Places {
  const { entry } = run.answer(dumpKey)
  const config = run.host.dumps.find((each) => each.name === entry)
  return {
    run: run.id,
    into: run.answer(dumpPlaceChoice),
    staging: stagingOf(run).dir,
    stream: streamOf(run),
    owner: config?.owner ?? null,
    keep: config?.keep ?? [],
    passphrase: passphraseOf(run, config?.key_file),
  }
}

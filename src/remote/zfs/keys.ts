// The keys of encrypted datasets: `zfs load-key` (zfs-load-key(8)).
import { raw, sh } from '../../text/quote.ts'
import { changeLine, readLine, type ShellCommand } from '../command.ts'

/** An encryption root, and how its key is had. */
export interface KeyOf {
  readonly name: string
  /** `prompt`: it is a secret; otherwise it is read from where ZFS looks for it. */
  readonly keyLocation: string | null
  /** `raw` keys are no text: as a secret they come in base64, or as they are where they happen to be text. */
  readonly keyFormat?: string | null | undefined
}

// A raw key has 32 bytes, and 44 characters in base64.
const decoded = raw(
  '{ IFS= read -r k; if [ ${#k} -eq 44 ]; then printf %s "$k" | base64 -d; else printf %s "$k"; fi; } |',
)

/** `zfs load-key`, with the secret on its standard input where there is one (`-L prompt` reads it there). */
function loading({ name, keyLocation, keyFormat }: KeyOf, dry: 'only tries' | undefined) {
  const asked = keyLocation === 'prompt'
  const line = sh`${asked && keyFormat === 'raw' ? decoded : undefined} zfs load-key ${dry && raw('-n')} ${asked ? raw('-L prompt') : undefined} ${name}`
  return {
    line: line.trimStart(),
    more: asked ? { secret: { name: `key:${name}`, prompt: `the key of ${name}` } } : {},
  }
}

/** Loads the key of an encryption root: from where ZFS looks for it, or as a secret. Loaded already is loaded. */
export function loadKey(key: KeyOf): ShellCommand<string> {
  const { line, more } = loading(key, undefined)
  const unless = sh`[ "$(zfs get -Ho value keystatus ${key.name})" = available ]`
  return changeLine(`${unless} || ${line}`, { repeatable: true, ...more })
}

/** Tries a key without loading it, also in a pool that is open read-only. What is wrong with it; undefined: it fits. */
export function tryKey(key: KeyOf): ShellCommand<string | undefined> {
  const { line, more } = loading(key, 'only tries')
  return readLine(
    line,
    ({ code, stderr }) =>
      code === 0 ? undefined : (/^Key load error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n')[0]),
    { accepts: [0, 1, 255], ...more },
  )
}

// Reads the key files that the ssh configuration names.
import { readFile } from 'node:fs/promises'
import ssh2, { type ParsedKey } from 'ssh2'

export type Identity = {
  readonly file: string
  /** The public key's blob, where it could be read. */ readonly publicBlob: Buffer | null
} & (
  | { readonly kind: 'ready'; readonly key: ParsedKey }
  /** Its private key is encrypted; `unlock` returns null for a wrong passphrase. */
  | { readonly kind: 'locked'; unlock(passphrase: string): ParsedKey | null }
  /** Names a key that only the agent holds. */
  | { readonly kind: 'public' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unusable'; readonly why: string }
)

/** One parsed key: a file with several (`ssh2` then returns a list) is read by its first. */
function parse(text: string, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | Error | ParsedKey[] = ssh2.utils.parseKey(text, passphrase)
  if (!Array.isArray(parsed)) return parsed
  return parsed[0] ?? new Error('holds no key')
}

type Read = { readonly text: string } | { readonly text: null; readonly why: string }

async function read(file: string): Promise<Read> {
  try {
    return { text: await readFile(file, 'utf8') }
  } catch (error) {
    return { text: null, why: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
}

async function publicPart(file: string): Promise<Buffer | null> {
  const { text } = await read(`${file}.pub`)
  if (text === null) return null
  const key = parse(text)
  return key instanceof Error ? null : key.getPublicSSH()
}

export async function readIdentity(file: string): Promise<Identity> {
  const found = await read(file)
  if (found.text === null) {
    const publicBlob = await publicPart(file)
    if (found.why !== 'ENOENT') return { kind: 'unusable', file, publicBlob, why: found.why }
    // Some keep only the .pub here and the key in the agent.
    return publicBlob === null ? { kind: 'missing', file, publicBlob } : { kind: 'public', file, publicBlob }
  }
  const { text } = found
  const key = parse(text)
  if (!(key instanceof Error)) {
    const publicBlob = key.getPublicSSH()
    return key.isPrivateKey() ? { kind: 'ready', file, publicBlob, key } : { kind: 'public', file, publicBlob }
  }
  const publicBlob = await publicPart(file)
  // ssh2 tells an encrypted key from a broken one by its message alone.
  if (!/no passphrase given/.test(key.message)) return { kind: 'unusable', file, publicBlob, why: key.message }
  const unlock = (passphrase: string): ParsedKey | null => {
    const unlocked = parse(text, passphrase)
    return unlocked instanceof Error ? null : unlocked
  }
  return { kind: 'locked', file, publicBlob, unlock }
}

// The keys of encrypted datasets. What is kept of a key can tell whether another one is the same, and nothing else.
import { scryptSync, timingSafeEqual } from 'node:crypto'
import { Failure } from './failure.ts'
import type { Dataset, Host, KeyCheck } from './model.ts'
import { datasetName, type DatasetPlace } from './names.ts'

/** Costs a few milliseconds: a host takes seconds for a passphrase, and a rehearsal need not. */
const hashed = (bytes: Uint8Array, salt: string): string =>
  scryptSync(bytes, Buffer.from(salt, 'hex'), 32, { N: 1024 }).toString('hex')

const fits = (check: KeyCheck, bytes: Uint8Array): boolean =>
  timingSafeEqual(Buffer.from(hashed(bytes, check.salt), 'hex'), Buffer.from(check.hash, 'hex'))

/** The dataset whose key this one uses. */
export const rootOfKey = ({ imported, dataset }: DatasetPlace): Dataset | undefined =>
  imported.pool.state.datasets.find((each) => each.objset === dataset.crypt?.root)

/** Reads a key where `keylocation` says. `doing` begins what is said of an error. */
function keyBytes(host: Host, location: string, format: KeyCheck['format'], stdin: string, doing: string): Uint8Array {
  if (location === 'prompt') return fromText(stdin, format)
  if (!location.startsWith('file://'))
    throw new Failure(`${doing}: ${location.split(':')[0]}:// keys are not in this lab`, 255)
  const file = host.kernel.readFile(location.slice('file://'.length))
  if (file === undefined)
    throw new Failure(`${doing}: Failed to open key material file: No such file or directory`, 255)
  return format === 'raw' ? file : upToLine(file)
}

const newline = 10

const upToLine = (bytes: Uint8Array): Uint8Array => {
  const end = bytes.indexOf(newline)
  return end === -1 ? bytes : bytes.subarray(0, end)
}

/** Standard input has a character for each byte, as pipes of the shell have; only text that can't be that is encoded. */
function fromText(text: string, format: KeyCheck['format']): Uint8Array {
  const bytes = Buffer.from(text, /^[^\u0100-\uffff]*$/.test(text) ? 'latin1' : 'utf8')
  return format === 'raw' ? bytes : upToLine(bytes)
}

/** What makes bytes no key of this format (validate_key); undefined for a key. */
function wrong(bytes: Uint8Array, format: KeyCheck['format']): string | undefined {
  if (format === 'passphrase') {
    if (bytes.length < 8) return 'Passphrase too short (min 8).'
    return bytes.length > 512 ? 'Passphrase too long (max 512).' : undefined
  }
  const wanted = format === 'raw' ? 32 : 64
  const name = format === 'raw' ? 'Raw' : 'Hex'
  if (bytes.length < wanted) return `${name} key too short (expected ${wanted}).`
  if (bytes.length > wanted) return `${name} key too long (expected ${wanted}).`
  return format === 'hex' && !/^[\da-fA-F]*$/.test(Buffer.from(bytes).toString('latin1'))
    ? 'Invalid hex character detected.'
    : undefined
}

/** Asks for a key and keeps what it is checked by. */
export function newKey(
  host: Host,
  {
    format,
    location,
    stdin,
  }: { readonly format: KeyCheck['format']; readonly location: string; readonly stdin: string },
  doing: string,
): KeyCheck {
  const bytes = keyBytes(host, location, format, stdin, doing)
  const bad = wrong(bytes, format)
  if (bad !== undefined) throw new Failure(`${doing}: ${bad}`, 255)
  const salt = Buffer.from(host.kernel.random(16)).toString('hex')
  return { format, salt, hash: hashed(bytes, salt) }
}

/** `zfs load-key` of one. @param given what it was told; `location` instead of the dataset's own keylocation */
export function loadKeyOf(
  host: Host,
  place: DatasetPlace,
  given: { readonly dry: boolean; readonly stdin: string; readonly location?: string | undefined },
): void {
  const doing = 'Key load error'
  const name = datasetName(place)
  const root = rootOfKey(place)
  if (root === undefined) throw new Failure(`${doing}: '${name}' is not encrypted.`, 255)
  if (root !== place.dataset)
    throw new Failure(
      `${doing}: Keys must be loaded for encryption root of '${name}' (${datasetName({ ...place, dataset: root })}).`,
      255,
    )
  const { key } = root
  if (key === null) throw new Failure(`${doing}: '${name}' has no key.`, 255)
  if (place.imported.keys.has(root.objset) && !given.dry)
    throw new Failure(`${doing}: Key already loaded for '${name}'.`, 255)
  const location = given.location ?? root.settings.get('keylocation')?.value ?? 'prompt'
  const bytes = keyBytes(host, location, key.format, given.stdin, doing)
  const bad = wrong(bytes, key.format)
  if (bad !== undefined) throw new Failure(`${doing}: ${bad}`, 255)
  if (!fits(key, bytes)) throw new Failure(`${doing}: Incorrect key provided for '${name}'.`, 255)
  if (!given.dry) place.imported.keys.add(root.objset)
}

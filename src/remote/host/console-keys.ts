// The host keys that cloud-init prints to a machine's console at boot: what a rebuilt host says of itself, by a way
// that nobody on the network can change.
import { fingerprint, keyType } from './host-key.ts'

const blocks =
  /-----BEGIN SSH HOST KEY (FINGERPRINTS|KEYS)-----((?:(?!-----BEGIN SSH HOST KEY )[^])*?)-----END SSH HOST KEY \1-----/g

const printed = (text: string): string[] => text.match(/\bSHA256:[A-Za-z0-9+/]{43}(?![A-Za-z0-9+/])/g) ?? []

const ofKeys = (text: string): string[] =>
  [...text.matchAll(/(?:^|[\s>])([a-z][a-z0-9@.-]+) (AAAA[A-Za-z0-9+/]+=*)(?=\s|$)/g)].flatMap(([, type, base64]) => {
    const blob = Buffer.from(base64 ?? '', 'base64')
    return keyType(blob) === type ? [fingerprint(blob)] : []
  })

/**
 * The fingerprints of the last boot in a console's output, as `SHA256:…`. One boot prints the fingerprints, then the
 * keys; whichever it prints is taken, and a block whose end is missing is not.
 */
export function fingerprintsInConsole(text: string): string[] {
  const found = [...text.matchAll(blocks)].map(([, kind, body = '']) => ({ kind, body }))
  const last = found.at(-1)
  if (last === undefined) return []
  if (last.kind === 'FINGERPRINTS') return [...new Set(printed(last.body))]
  const before = found.at(-2)
  const sameBoot = before?.kind === 'FINGERPRINTS' ? printed(before.body) : []
  return [...new Set([...sameBoot, ...ofKeys(last.body)])]
}

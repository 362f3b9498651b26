// Judges the key that a host offers against what is known of it. It says what is so; nobody is asked here.
import { createHash } from 'node:crypto'
import type { KnownKey } from './known-hosts.ts'

export interface OfferedKey {
  readonly type: string
  readonly fingerprint: string
}

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown'; readonly offered: OfferedKey; readonly authorities: readonly KnownKey[] }
  | { readonly kind: 'changed'; readonly offered: OfferedKey; readonly known: readonly KnownKey[] }
  | { readonly kind: 'revoked'; readonly offered: OfferedKey; readonly known: readonly KnownKey[] }
  /** Another than the operator named, whatever known_hosts says. */
  | { readonly kind: 'mismatch'; readonly offered: OfferedKey; readonly expected: string }

export type HostKeyDoubt = Exclude<HostKeyVerdict, { readonly kind: 'known' }>

export interface HostKeyTrust {
  /**
   * A fingerprint the operator gave for this host: no other key is taken. It speaks for an unknown host only, never
   * against what known_hosts says.
   */
  readonly expected: string | null
  /** The fingerprint of an unknown or changed key that was shown to somebody and accepted. */
  readonly accepted: string | null
}

/** As ssh and EC2's console output show it: `SHA256:` and the digest in base64 without padding. */
export const fingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

/** The key's type, which its blob begins with (RFC 4253, 6.6). */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return 'unreadable'
  const length = blob.readUInt32BE(0)
  return length > 0 && length <= 64 && blob.length >= 4 + length ? blob.toString('latin1', 4, 4 + length) : 'unreadable'
}

/** @param known every key that known_hosts holds for this host */
export function judgeHostKey(
  blob: Buffer,
  known: readonly KnownKey[],
  { expected, accepted }: HostKeyTrust,
): HostKeyVerdict {
  const offered = { type: keyType(blob), fingerprint: fingerprint(blob) }
  const blobBase64 = blob.toString('base64')
  const same = known.filter((key) => key.blobBase64 === blobBase64)
  const revoked = same.filter((key) => key.marker === 'revoked')
  if (revoked.length > 0) return { kind: 'revoked', offered, known: revoked }
  if (expected !== null && !sameFingerprint(expected, offered.fingerprint)) {
    return { kind: 'mismatch', offered, expected }
  }
  if (accepted === offered.fingerprint || same.some((key) => key.marker === 'none')) return { kind: 'known' }
  // Another type counts as changed too: the known types were asked for first, so the host no longer has them.
  const plain = known.filter((key) => key.marker === 'none')
  if (plain.length > 0) return { kind: 'changed', offered, known: plain }
  if (expected !== null) return { kind: 'known' }
  return { kind: 'unknown', offered, authorities: known.filter((key) => key.marker === 'cert-authority') }
}

const sameFingerprint = (a: string, b: string): boolean => a.trim().replace(/=+$/, '') === b

// What ssh2 can negotiate, in its own order. ssh-dss is left out: no OpenSSH of this decade has it.
const supported = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const

export type HostKeyAlgorithm = (typeof supported)[number]

const isSupported = (name: string): name is HostKeyAlgorithm => supported.some((each) => each === name)

/**
 * The algorithms to offer: those the configuration allows, types that known_hosts holds first. Without that a host
 * with an Ed25519 key of which only the ECDSA key is known would look changed.
 * @param allowed HostKeyAlgorithms as `ssh -G` prints it; empty: no restriction
 * @returns an empty list when the configuration allows none that ssh2 has
 */
export function hostKeyAlgorithms(allowed: readonly string[], known: readonly KnownKey[]): HostKeyAlgorithm[] {
  const usable = allowed.length === 0 ? [...supported] : allowed.filter(isSupported)
  const types = new Set(known.filter((key) => key.marker === 'none').map((key) => key.type))
  // An RSA key's type is ssh-rsa whichever hash it signs with (RFC 8332).
  const isKnown = (algorithm: HostKeyAlgorithm): boolean =>
    types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return [...usable.filter(isKnown), ...usable.filter((each) => !isKnown(each))]
}

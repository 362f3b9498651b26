// The verdict on a host's key, without a host.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint, hostKeyAlgorithms, judgeHostKey } from '../../../src/remote/host/host-key.ts'
import { knownName, parseKnownKeys, type KnownKey } from '../../../src/remote/host/known-hosts.ts'

/** A blob as RFC 4253 lays it out: the type's name, then the key. */
function blobOf(type: string, key: string): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(type.length)
  return Buffer.concat([head, Buffer.from(type), Buffer.from(key)])
}

function known(type: string, key: string, marker: KnownKey['marker'] = 'none'): KnownKey {
  const blob = blobOf(type, key)
  return { type, blobBase64: blob.toString('base64'), fingerprint: fingerprint(blob), marker, file: '/known_hosts' }
}

const types = fc.constantFrom('ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa')
const knownKey = fc
  .tuple(
    types,
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom<KnownKey['marker']>('none', 'revoked', 'cert-authority'),
  )
  .map(([type, key, marker]) => known(type, key, marker))

const nobody = { expected: null, accepted: null }

describe('a host key', () => {
  const offered = blobOf('ssh-ed25519', 'a')

  it('is trusted only when it is known and not revoked, or vouched for and nothing is known', () => {
    fc.assert(
      fc.property(
        fc.array(knownKey),
        types,
        fc.constantFrom('a', 'b', 'c'),
        fc.boolean(),
        (keys, type, key, vouched) => {
          const blob = blobOf(type, key)
          const same = keys.filter((each) => each.blobBase64 === blob.toString('base64'))
          const trusted =
            !same.some((each) => each.marker === 'revoked') &&
            (same.some((each) => each.marker === 'none') || (vouched && !keys.some((each) => each.marker === 'none')))
          const verdict = judgeHostKey(blob, keys, { ...nobody, expected: vouched ? fingerprint(blob) : null })
          expect(verdict.kind === 'known').toBe(trusted)
        },
      ),
    )
  })

  it('is shown with its type and ssh’s fingerprint', () => {
    expect(judgeHostKey(offered, [], nobody)).toEqual({
      kind: 'unknown',
      offered: { type: 'ssh-ed25519', fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/) },
      authorities: [],
    })
  })

  it('that is no key at all is unknown', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(judgeHostKey(Buffer.from(bytes), [], nobody).kind).toBe('unknown')
      }),
    )
  })

  it('that was accepted is trusted against what is known, unless it is revoked', () => {
    const accepted = { expected: null, accepted: fingerprint(offered) }
    expect(judgeHostKey(offered, [], accepted).kind).toBe('known')
    expect(judgeHostKey(offered, [known('ssh-ed25519', 'b')], accepted).kind).toBe('known')
    expect(judgeHostKey(offered, [known('ssh-ed25519', 'a', 'revoked')], accepted).kind).toBe('revoked')
    expect(judgeHostKey(blobOf('ssh-ed25519', 'b'), [], accepted).kind).toBe('unknown')
  })

  it('is vouched for by its whole fingerprint, padded or not, and by nothing shorter', () => {
    const whole = fingerprint(offered)
    expect(judgeHostKey(offered, [], { ...nobody, expected: ` ${whole}= ` }).kind).toBe('known')
    for (const other of ['', 'SHA256:', whole.slice(0, -1), whole.toLowerCase()]) {
      const trust = { ...nobody, expected: other }
      expect(judgeHostKey(offered, [], trust).kind).toBe('mismatch')
      expect(judgeHostKey(offered, [known('ssh-ed25519', 'a')], trust).kind).toBe('mismatch')
    }
  })
})

describe('the algorithms offered', () => {
  const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com', 'rsa-sha2-512', 'rsa-sha2-256']

  it('begin with the known types and keep the rest', () => {
    expect(hostKeyAlgorithms(all, [known('ssh-rsa', 'a'), known('ssh-ed25519', 'a', 'revoked')])).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
    ])
    expect(hostKeyAlgorithms([], [known('ecdsa-sha2-nistp521', 'a')])[0]).toBe('ecdsa-sha2-nistp521')
    expect(hostKeyAlgorithms(['sk-ssh-ed25519@openssh.com'], [])).toEqual([])
  })
})

describe('known_hosts', () => {
  it('names a host with its port, or by its alias', () => {
    expect(knownName({ hostname: 'Box', port: 22, hostKeyAlias: null })).toBe('box')
    expect(knownName({ hostname: '::1', port: 23, hostKeyAlias: null })).toBe('[::1]:23')
    expect(knownName({ hostname: 'box', port: 23, hostKeyAlias: 'Alias' })).toBe('alias')
  })

  it('is read with its markers, and what is no key is passed over', () => {
    const { blobBase64 } = known('ssh-ed25519', 'a')
    const printed = [
      '# Host box found: line 1 ',
      `box ssh-ed25519 ${blobBase64} a comment`,
      `|1|c2FsdA==|aGFzaA== ssh-ed25519 ${blobBase64}`,
      `@revoked * ssh-ed25519 ${blobBase64}`,
      `@cert-authority *.lan ssh-ed25519 ${blobBase64}`,
      `@something * ssh-ed25519 ${blobBase64}`,
      'box ssh-ed25519',
      'box ssh-ed25519 ???',
      '',
    ].join('\r\n')
    expect(parseKnownKeys(printed, '/known_hosts').map((key) => key.marker)).toEqual([
      'none',
      'none',
      'revoked',
      'cert-authority',
    ])
  })

  it('is read without a fault, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (printed) => {
        expect(Array.isArray(parseKnownKeys(printed, '/known_hosts'))).toBe(true)
      }),
    )
  })
})

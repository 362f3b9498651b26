// What a machine's console tells of its host keys.
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprintsInConsole } from '../../../src/remote/host/console-keys.ts'

interface Key {
  readonly type: string
  readonly base64: string
  readonly fingerprint: string
}

function keyOf(type: string, bytes: Uint8Array): Key {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(type.length)
  const blob = Buffer.concat([head, Buffer.from(type), bytes])
  const digest = createHash('sha256').update(blob).digest('base64').replace('=', '')
  return { type, base64: blob.toString('base64'), fingerprint: `SHA256:${digest}` }
}

const type = fc.constantFrom('ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa')
const key = fc.tuple(type, fc.uint8Array({ minLength: 20, maxLength: 60 })).map(([name, bytes]) => keyOf(name, bytes))
// What a console puts before a line: the kernel's time, syslog's priority, the name of the program.
const prefix = fc.constantFrom('', '<14>', '[   20.123456] cloud-init[1203]: ', 'ec2: ', '<14>Nov 20 21:00:00 ec2: ')
const eol = fc.constantFrom('\n', '\r\n')

interface Printed {
  readonly keys: readonly Key[]
  readonly prefix: string
  readonly eol: string
}

const block = ({ prefix: before, eol: after }: Printed, name: string, lines: readonly string[]): string =>
  [`-----BEGIN SSH HOST KEY ${name}-----`, ...lines, `-----END SSH HOST KEY ${name}-----`, '']
    .map((line) => before + line)
    .join(after)
const fingerprints = (printed: Printed): string =>
  block(
    printed,
    'FINGERPRINTS',
    printed.keys.map((each) => `256 ${each.fingerprint} root@ip-10-0-0-7 (ED25519)`),
  )
const keys = (printed: Printed): string =>
  block(
    printed,
    'KEYS',
    printed.keys.map((each) => `${each.type} ${each.base64} root@ip-10-0-0-7`),
  )
const shapes = [fingerprints, keys, (printed: Printed) => fingerprints(printed) + keys(printed)]

const printed = fc.record({ keys: fc.array(key, { minLength: 1, maxLength: 4 }), prefix, eol })
const boot = fc
  .tuple(fc.constantFrom(...shapes), printed)
  .map(([shape, what]) => ({ text: shape(what), keys: what.keys }))
const chatter = fc
  .string()
  .filter((text) => !text.includes('-----'))
  .map((text) => `${text}\n`)

const expected = (found: readonly Key[]): string[] => [...new Set(found.map((each) => each.fingerprint))]

describe('a console', () => {
  it('tells the keys of its last boot, whichever way it prints them, and none of long ago', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(boot, chatter), { minLength: 1, maxLength: 3 }), chatter, (boots, before) => {
        // Of two boots, one that printed fingerprints alone and one that printed keys alone look like one.
        const text = before + boots.map(([each, after]) => `${each.text}${after}`).join('')
        const told = fingerprintsInConsole(text)
        const last = boots.at(-1)?.[0].keys ?? []
        for (const each of expected(last)) expect(told).toContain(each)
        const previous = boots.at(-2)?.[0].keys ?? []
        const older = boots.slice(0, -2).flatMap(([each]) => expected(each.keys))
        const mayStand = new Set([...expected(last), ...expected(previous)])
        expect(told.filter((each) => !mayStand.has(each) && older.includes(each))).toEqual([])
      }),
    )
  })

  it('that prints both tells of no boot before', () => {
    fc.assert(
      fc.property(fc.array(boot, { maxLength: 3 }), printed, (before, last) => {
        const text = `${before.map((each) => each.text).join('')}${fingerprints(last)}${keys(last)}`
        expect(fingerprintsInConsole(text)).toEqual(expected(last.keys))
      }),
    )
  })

  it('tells nothing outside of the blocks, and nothing of one that has not ended', () => {
    fc.assert(
      fc.property(printed, boot, (what, before) => {
        const open = fingerprints(what).split('-----END')[0] ?? ''
        expect(fingerprintsInConsole(open)).toEqual([])
        expect(fingerprintsInConsole(what.keys.map((each) => each.fingerprint).join('\n'))).toEqual([])
        expect(fingerprintsInConsole(before.text + open)).toEqual(fingerprintsInConsole(before.text))
      }),
    )
  })

  it('is read without a fault, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            boot.map((each) => each.text.slice(0, -30)),
          ),
        ),
        (parts) => {
          expect(Array.isArray(fingerprintsInConsole(parts.join('')))).toBe(true)
        },
      ),
    )
  })

  it('of cloud-init is read as it is printed', () => {
    const text = `
[   21.312403] cloud-init[893]: Cloud-init v. 24.4 finished at Fri, 20 Nov 2026 20:45:04 +0000.\r
<14>Nov 20 20:45:04 cloud-init: #############################################################\r
<14>Nov 20 20:45:04 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----\r
<14>Nov 20 20:45:04 cloud-init: 256 SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA root@irc-1 (ECDSA)\r
<14>Nov 20 20:45:04 cloud-init: 256 SHA256:+/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB root@irc-1 (ED25519)\r
<14>Nov 20 20:45:04 cloud-init: 256 MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48 root@irc-1 (ED25519)\r
<14>Nov 20 20:45:04 cloud-init: -----END SSH HOST KEY FINGERPRINTS-----\r
<14>Nov 20 20:45:04 cloud-init: #############################################################\r
-----BEGIN SSH HOST KEY KEYS-----\r
ssh-ed25519 not-a-key root@irc-1\r
-----END SSH HOST KEY KEYS-----\r
irc-1 login: `
    expect(fingerprintsInConsole(text)).toEqual([
      'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'SHA256:+/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB',
    ])
  })
})

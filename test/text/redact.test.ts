// No secret passes the door, whatever stands around it and however it is written.
import { execa } from 'execa'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { word } from '../../src/text/quote.ts'
import { redacted, redactor, redactValue, Secrets } from '../../src/text/redact.ts'

const unit = fc.oneof(
  fc.constantFrom(...`'"\\/+=%&:@ \n\t!()*aA0`.split('')),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
)
const text = fc.string({ unit })
const secret = fc.string({ unit, minLength: 6, maxLength: 30 }).filter((each) => each.trim().length >= 6)

/** What is left of a text beside the masks. */
const left = (shown: string): string[] => shown.split(redacted)

const writings: readonly (readonly [string, (plain: string) => string])[] = Object.entries({
  'as it is': (plain: string) => plain,
  'shell-quoted': (plain: string) => word(plain.replaceAll('\0', '')),
  'shell-quoted twice': (plain: string) => word(`echo ${word(plain.replaceAll('\0', ''))}`),
  'in JSON': (plain: string) => JSON.stringify(plain),
  'in JSON within JSON': (plain: string) => JSON.stringify(JSON.stringify({ plain })),
  'shell-quoted in JSON': (plain: string) => JSON.stringify(word(plain.replaceAll('\0', ''))),
  'in base64': (plain: string) => Buffer.from(plain).toString('base64'),
  'in base64 for URLs': (plain: string) => Buffer.from(plain).toString('base64url'),
  'in base64 after one byte': (plain: string) => Buffer.from(`u${plain}`).toString('base64').slice(2),
  'in base64 after two bytes': (plain: string) => Buffer.from(`u:${plain}`).toString('base64').slice(3),
  'percent-encoded': (plain: string) => encodeURIComponent(plain),
  'in a form': (plain: string) => new URLSearchParams([['a', plain]]).toString().slice(2),
})

describe('a registered secret', () => {
  it.each(writings)('%s survives in no text', (way, write) => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), text, text, (secrets, before, after) => {
        const written = secrets.map(write)
        const shown = redactor(secrets)(before + written.join('') + after)
        // The last characters of base64 stand for the next bytes too: they tell nothing alone.
        const cores = way.includes('base64') ? written.map((each) => each.slice(0, -4)) : written
        for (const core of [...cores, ...secrets]) {
          if (core.length < 4) continue
          expect(left(shown).some((part) => part.includes(core))).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('leaves the rest of the text standing', () => {
    const redact = redactor(['hunter22'])
    expect(redact('the passphrase hunter22 is wrong')).toBe(`the passphrase ${redacted} is wrong`)
    expect(redact('nothing here')).toBe('nothing here')
    expect(redactor([])('nothing here')).toBe('nothing here')
  })

  it('that overlaps another, or itself, leaves no part of either', () => {
    expect(redactor(['abcdef', 'defghi'])('-abcdefghi-')).toBe(`-${redacted}-`)
    expect(redactor(['abcd', 'abcdefgh'])('-abcdefgh-abcd-')).toBe(`-${redacted}-${redacted}-`)
    expect(redactor(['ababab'])('-abababab-')).toBe(`-${redacted}-`)
    expect(redactor(['abcdef'])('abcdefabcdef')).toBe(redacted)
  })

  it('from a file is hidden without its last newline, and line by line', () => {
    const redact = redactor(['first line\nsecond line\n', 'sesame\n'])
    expect(redact('sesame and second line')).toBe(`${redacted} and ${redacted}`)
  })

  it('that is very short is hidden only where it stands alone', () => {
    const redact = redactor(['a', '', 'zfs'])
    expect(redact('a')).toBe(redacted)
    expect(redact('a zfs dataset')).toBe('a zfs dataset')
    expect(redact('')).toBe('')
  })

  it('is found within what base64(1) makes of a whole header', async () => {
    const plain = `it's "50%" \\ €uro/+?`
    const { stdout } = await execa('base64', ['-w', '0'], { input: `user:${plain}, and more` })
    const shown = redactor([plain])(stdout)
    expect(shown).toContain(redacted)
    const seen = left(shown).map((part) => Buffer.from(part, 'base64').toString())
    expect(seen[0]).toBe('user:')
    expect(seen.join('')).not.toMatch(/it's|50%|uro/)
  })
})

describe('what looks like a secret', () => {
  const redact = redactor([])

  it.each([
    [
      'https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261120%2Fs3&X-Amz-Expires=60&X-Amz-Security-Token=IQoJ%2B%2F%3D&X-Amz-Signature=0af9&x-id=GetObject',
      'https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=[redacted]&X-Amz-Expires=60&X-Amz-Security-Token=[redacted]&X-Amz-Signature=[redacted]&x-id=GetObject',
    ],
    ['url=…%26X-Amz-Signature%3D0af9', 'url=…%26X-Amz-Signature%3D[redacted]'],
    ['x-amz-security-token: IQoJb3=', 'x-amz-security-token: [redacted]'],
    ['AWS4-HMAC-SHA256 Credential=A/b, Signature=0af9', 'AWS4-HMAC-SHA256 Credential=A/b, Signature=[redacted]'],
    ['aws_secret_access_key = wJal/r+X', 'aws_secret_access_key = [redacted]'],
    ['AWS_SECRET_ACCESS_KEY="wJal/r+X" aws', 'AWS_SECRET_ACCESS_KEY="[redacted]" aws'],
    [
      '{"SecretAccessKey":"wJal","SessionToken":"IQo="}',
      '{"SecretAccessKey":"[redacted]","SessionToken":"[redacted]"}',
    ],
    ['{\\"secretAccessKey\\": \\"wJal\\"}', '{\\"secretAccessKey\\": \\"[redacted]\\"}'],
    ['<SecretAccessKey>wJal</SecretAccessKey>', '<SecretAccessKey>[redacted]</SecretAccessKey>'],
    [
      'aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG',
      'aws configure set aws_secret_access_key [redacted]',
    ],
    ['the aws_secret_access_key is missing', 'the aws_secret_access_key is missing'],
    [
      'a -----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY----- b',
      'a -----BEGIN OPENSSH PRIVATE KEY-----[redacted]-----END OPENSSH PRIVATE KEY----- b',
    ],
    ['-----BEGIN PRIVATE KEY-----\\nb3Bl\\n', '-----BEGIN PRIVATE KEY-----[redacted]'],
    ['postgres://me:hunter2@db/x', 'postgres://me:[redacted]@db/x'],
    ['ssh://me@box:22/ and a@b', 'ssh://me@box:22/ and a@b'],
  ])('in %j is hidden', (from, to) => {
    expect(redact(from)).toBe(to)
  })

  it('is searched for in no more than a moment', () => {
    const started = performance.now()
    for (const piece of [
      'AWS4-HMAC-SHA256 ',
      '-----BEGIN PRIVATE KEY-----',
      'x://a:',
      'X-Amz-Signature=',
      'aws_session_token ',
    ]) {
      redact(piece.repeat(5000))
    }
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('a JSON value', () => {
  it('is free of secrets in every text and name, and else the same', () => {
    fc.assert(
      fc.property(secret, fc.jsonValue(), (each, value) => {
        const redact = redactor([each])
        const shown = redactValue({ value, deep: [{ [each]: `x${each}y` }] }, redact)
        expect(left(JSON.stringify(shown)).some((part) => part.includes(JSON.stringify(each).slice(1, -1)))).toBe(false)
      }),
    )
    const plain = { a: [1, null, true, { b: 'text' }], at: new Date(0) }
    expect(redactValue(plain, redactor(['hunter22']))).toEqual({ ...plain, at: '1970-01-01T00:00:00.000Z' })
  })

  it('has values hidden by their names', () => {
    expect(redactValue({ SecretAccessKey: 'x', password: 'y', passphrase: null, id: 'z' }, redactor([]))).toEqual({
      SecretAccessKey: redacted,
      password: redacted,
      passphrase: null,
      id: 'z',
    })
  })
})

describe('the secrets of a process', () => {
  it('are hidden from when they are met', () => {
    const secrets = new Secrets()
    const { redact } = secrets
    expect(redact('open sesame')).toBe('open sesame')
    secrets.add('sesame')
    secrets.add('sesame')
    expect(redact('open sesame')).toBe(`open ${redacted}`)
    expect(secrets.redactValue(['sesame'])).toEqual([redacted])
  })
})

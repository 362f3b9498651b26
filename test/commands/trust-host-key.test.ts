import { describe, expect, it } from 'vitest'
import { trustHostKey } from '../../src/commands/trust-host-key.ts'
import type { HostKeyQuestion } from '../../src/remote/host/ssh-host.ts'
import { AwsError } from '../../src/text/errors.ts'

const fingerprint = `SHA256:${'a'.repeat(43)}`
const other = `SHA256:${'b'.repeat(43)}`

const consoleShowing = (...shown: string[]): string =>
  [
    '[   12.3] cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----',
    ...shown.map((each) => `256 ${each} root@irc-1 (ED25519)`),
    '-----END SSH HOST KEY FINGERPRINTS-----',
  ].join('\n')

const question = (kind: HostKeyQuestion['kind']): HostKeyQuestion => ({
  kind,
  destination: 'irc-1',
  offered: { type: 'ssh-ed25519', fingerprint },
  known: [],
})

/** Trust that reads this console, or an error, and an operator who says yes. */
function trusting(output: string | Error, madeByUs = false) {
  const said: string[] = []
  const asked: string[] = []
  let reads = 0
  const trust = trustHostKey({
    aws: {
      send: (command) => {
        reads += 1
        return output instanceof Error
          ? Promise.reject(output)
          : Promise.resolve(command.parse({ Output: Buffer.from(output).toString('base64') }))
      },
    },
    instance: () => 'i-1',
    madeByUs: () => madeByUs,
    agree: (text) => {
      asked.push(text)
      return Promise.resolve(true)
    },
    say: (level, message) => void said.push(`${level}: ${message}`),
  })
  return { trust, said, asked, reads: () => reads }
}

describe('a host key that has changed', () => {
  it('is taken where the console of the instance shows it, and it is said', async () => {
    const { trust, said, asked } = trusting(consoleShowing(other, fingerprint))
    expect(await trust(question('changed'))).toBe(true)
    expect(said).toEqual([expect.stringMatching(/^warn: .*has changed to SHA256:a+ .*so the host was rebuilt$/)])
    expect(asked).toEqual([])
  })

  it.each([
    ['other keys', consoleShowing(other)],
    ['none', 'Linux version 6.1'],
    ['nothing', ''],
  ])('is refused where the console shows %s, whatever the operator would say', async (_what, output) => {
    const { trust, asked } = trusting(output)
    expect(await trust(question('changed'))).toBe(false)
    expect(asked).toEqual([])
  })

  it('is refused where the console can’t be read, and it is said why', async () => {
    const denied = new AwsError({
      action: 'GetConsoleOutput',
      code: 'UnauthorizedOperation',
      message: 'no',
      requestId: null,
      missingPermission: 'ec2:GetConsoleOutput',
    })
    const { trust, said } = trusting(denied)
    expect(await trust(question('changed'))).toBe(false)
    expect(said.join()).toMatch(/can't be read: .*ec2:GetConsoleOutput/)
  })

  it('is refused where no instance is known', async () => {
    const trust = trustHostKey({
      aws: { send: () => Promise.reject(new Error('not asked')) },
      instance: () => undefined,
      madeByUs: () => false,
      agree: () => Promise.resolve(true),
      say: () => {},
    })
    expect(await trust(question('changed'))).toBe(false)
  })
})

describe('a host key that is not known', () => {
  it('is the operator’s to take, once, with what the console shows', async () => {
    const { trust, said, asked, reads } = trusting(consoleShowing(fingerprint))
    expect(await trust(question('unknown'))).toBe(true)
    expect(await trust(question('unknown'))).toBe(true)
    expect(asked).toEqual([`Is ${fingerprint} (ssh-ed25519) the key of irc-1?`])
    expect(said.join()).toMatch(/is not known: .*; the console of i-1 shows this key/)
    expect(reads()).toBe(1)
  })

  it('is warned of where the console shows others', async () => {
    const { trust, said } = trusting(consoleShowing(other))
    await trust(question('unknown'))
    expect(said.join()).toMatch(/^warn: .*shows OTHER keys/)
  })
})

describe('the host key of an instance that the run has launched', () => {
  it('is taken only where its console shows it, and the console is read again until it does', async () => {
    const shows = trusting(consoleShowing(fingerprint), true)
    expect(await shows.trust(question('unknown'))).toBe(true)
    expect(shows.asked).toEqual([])
    const early = trusting('', true)
    expect(await early.trust(question('unknown'))).toBe(false)
    expect(await early.trust(question('unknown'))).toBe(false)
    expect(early.reads()).toBe(2)
    expect(early.asked).toEqual([])
  })
})

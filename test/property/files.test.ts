// Files and texts of this side: config, plan, journal, ssh's own, and what is typed. Whatever is in them, each gives a
// whole value or an error that is meant to be read.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { stringify } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { fingerprintsInConsole } from '../../src/remote/host/console-keys.ts'
import { parseKnownKeys } from '../../src/remote/host/known-hosts.ts'
import { parseSettings } from '../../src/remote/host/parse-settings.ts'
import { parseConfig } from '../../src/run/config.ts'
import { parseJournal } from '../../src/run/journal.ts'
import { readPlan } from '../../src/run/plan.ts'
import { LifeboatError, UsageError } from '../../src/text/errors.ts'
import { parseInstant } from '../../src/text/time.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { endless, garbage, garbled, lineText, runs, soundly } from './any-text.ts'

const config = `[aws]
region = "eu-central-1"
endpoint_ec2 = "http://127.0.0.1:4566"
[prices]
date = "2026-10-01"
volumes = { us-east-1 = { gp3 = 0.1 } }
[[hosts]]
name = "chat"
services = ["chat.service"]
gate_hours = 1.5
[[hosts.probes]]
kind = "tcp"
port = 6667
`

/** Values in a config's places that TOML knows and JSON does not, and others. */
const tomlValue = fc.constantFrom(
  'nan', '-inf', '1e999', '9223372036854775808', '1979-05-27T07:32:00Z', '07:32:00', '""', "'''\n'''", '[]', '[[]]', '{}',
  'true', '0x7f', '"\\u202e"', '{ __proto__ = 1 }', '-0.0', '"\\ud800"', '1_0',
) // prettier-ignore
const tomlKey = fc.constantFrom(
  'hosts', 'aws', 'aws.region', 'hosts.name', 'prices.date', 'prices.volumes.a.b', 'ssh.config', '__proto__', '"a b"', 'constructor',
  'aws.endpoint_ec2', 'prices.initialization.x',
) // prettier-ignore
const tomlLines = fc
  .array(fc.tuple(tomlKey, tomlValue), { maxLength: 4 })
  .map((pairs) => pairs.map(([key, value]) => `${key} = ${value}\n`).join(''))
const hostLines = fc
  .array(
    fc.tuple(
      fc.constantFrom('stable_seconds', 'gate_hours', 'pool', 'services', 'cron', 'terraform', 'snapshot_tags', 'via'),
      tomlValue,
    ),
    { maxLength: 3 },
  )
  .map((pairs) => `[[hosts]]\nname = "a"\n${pairs.map(([key, value]) => `${key} = ${value}\n`).join('')}`)

describe('a config', () => {
  it('is whole or wrong, whatever is in it', () => {
    const text = fc.oneof(garbage, garbled(fc.constant(config)), tomlLines, hostLines, fc.constantFrom(...endless))
    fc.assert(
      fc.property(text, (toml) => {
        const read = soundly(() => definedOnly(parseConfig(toml, '/etc/lifeboat/config.toml')))
        expect(read instanceof Error ? read : new UsageError('')).toBeInstanceOf(UsageError)
      }),
      runs,
    )
  })

  it('gives back names with anything in them', () => {
    fc.assert(
      fc.property(lineText, lineText, fc.dictionary(lineText, lineText, { maxKeys: 3 }), (name, ssh, tags) => {
        fc.pre(name !== '' && !Object.hasOwn(tags, '__proto__'))
        const toml = stringify({ hosts: [{ name, ssh, snapshot_tags: tags }] })
        expect(parseConfig(toml, '/c.toml').hosts).toMatchObject([{ name, ssh, snapshot_tags: tags }])
      }),
      runs,
    )
  })
})

/** What is not said in a config is there as undefined, and that is whole. */
const definedOnly = <T>(value: T): T => JSON.parse(JSON.stringify(value, spoiled)) as T

/** JSON would make null of what is no number. */
function spoiled(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('not a number in it')
  return value
}

const plan = JSON.stringify({
  v: 1,
  lifeboat: '0.1.0',
  madeAt: '2026-11-21T19:00:00.000Z',
  route: 'ebs',
  host: 'web',
  region: 'eu-central-1',
  config: null,
  profile: 'a',
  steps: [{ id: 'target', version: 1 }],
  flags: { at: 'head', dataset: [], confirm: [], secret: [], yes: false },
  answers: [],
  mayDestroy: { datasets: [], snapshotsSince: null },
  commands: [],
})

/** A plan with some of its values replaced by any other. */
const otherPlan = fc
  .tuple(fc.constantFrom(...Object.keys(JSON.parse(plan) as object)), fc.jsonValue({ maxDepth: 2 }))
  .map(([key, value]) => JSON.stringify({ ...(JSON.parse(plan) as object), [key]: value }))

const odd = fc.constantFrom(
  '{"v":{"toString":1},"lifeboat":"x"}',
  '{"v":2,"lifeboat":{"toString":1}}',
  '{"v":[[[[]]]],"lifeboat":"\u001b[2J"}',
  '{"__proto__":{"v":1},"lifeboat":"x"}',
  'null',
)

describe('a plan', () => {
  it('is whole or refused, whatever is in its file', async () => {
    const path = join(await temporaryFolder(), 'plan.json')
    fc.assert(
      fc.property(fc.oneof(garbage, garbled(fc.constant(plan)), otherPlan, odd), (text) => {
        writeFileSync(path, text)
        const read = soundly(() => definedOnly(readPlan(path)))
        expect(read instanceof Error ? read : new UsageError('')).toBeInstanceOf(UsageError)
      }),
      runs,
    )
  })
})

describe('a journal', () => {
  const record = '{"type":"undone","at":"2026-11-21T19:00:00.000Z","step":"target"}\n'

  it('is whole, or can’t be read, whatever is in its file', () => {
    const any = fc.oneof(garbage, garbled(fc.constant(record.repeat(3))), odd.map((text) => `${text}\n`))
    fc.assert(
      fc.property(any, (text) => {
        const read = soundly(() => parseJournal(text))
        expect(read instanceof Error ? read : new LifeboatError({ code: '', message: '' })).toBeInstanceOf(LifeboatError)
      }),
      runs,
    )
  })
}) // prettier-ignore

describe('what ssh prints', () => {
  const local = { home: '/home/me', user: 'me', uid: 1000, hostname: 'laptop.lan' }
  const printed =
    'host box\nhostname box.example.com\nport 2222\nuser admin\nidentityfile ~/.ssh/%h\nuserknownhostsfile ~/.ssh/known_hosts /etc/x\nconnecttimeout 7\nserveraliveinterval 0\nidentityagent SSH_AUTH_SOCK\nproxyjump none\n'
  const setting = fc
    .tuple(
      fc.constantFrom('port', 'connecttimeout', 'serveraliveinterval', 'hostname', 'identityfile', 'identityagent'),
      fc.oneof(lineText, fc.constantFrom('22', '1e9', '-1', '0x16', '99999999999999999999', 'none', '%%%h', '${A}', '~')),
    )
    .map((pair) => `${pair.join(' ')}\n`)

  it('of its settings is read whole', () => {
    const text = fc.oneof(garbage, garbled(fc.constant(printed)), fc.array(setting).map((all) => all.join('')))
    fc.assert(
      fc.property(fc.oneof({ weight: 200, arbitrary: text }, { weight: 1, arbitrary: fc.constantFrom(...endless) }), (said) => {
        const read = parseSettings(said, { destination: 'box', configFile: '/c', local, env: { A: 'a' } })
        expect(soundly(() => read)).toBe(read)
        expect(Number.isInteger(read.port) && Number.isInteger(read.serverAliveIntervalMs)).toBe(true)
      }),
      runs,
    )
  })

  it('of known hosts is read whole', () => {
    const key = 'box ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDmdv3TXZ5q1m2S4fqKQGxDXpB7Y8dV0\n'
    const marked = fc.constantFrom('', '@revoked ', '@cert-authority ', '@other ', '# ').map((mark) => mark + key)
    fc.assert(
      fc.property(fc.oneof(garbage, garbled(marked)), (said) => {
        const read = soundly(() => parseKnownKeys(said, '/known_hosts'))
        expect(read).toBeInstanceOf(Array)
      }),
      runs,
    )
  })

  it('on a console is read whole, however long it is', () => {
    const block =
      '-----BEGIN SSH HOST KEY FINGERPRINTS-----\n256 SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ root@a (ED25519)\n-----END SSH HOST KEY FINGERPRINTS-----\n'
    const text = fc.oneof(garbage, garbled(fc.constant(block)), garbled(fc.constant(block.repeat(3))))
    fc.assert(
      fc.property(text, (said) => {
        const read = soundly(() => fingerprintsInConsole(said))
        expect(read).toBeInstanceOf(Array)
        for (const each of Array.isArray(read) ? read : []) expect(said).toContain(each)
      }),
      runs,
    )
  })
}) // prettier-ignore

describe('an instant that was typed', () => {
  it('is one, or is refused', () => {
    const part = fc.constantFrom('2026', '-', '01', '31', '30', 'T', ' ', ':', '24', '23', '59', '60', '.', '123', 'Z', '+', '14', '00')
    const text = fc.oneof(
      garbage,
      fc.array(part, { maxLength: 16 }).map((all) => all.join('')),
      garbled(fc.constant('2026-11-20T23:00:00.250+01:00')),
    )
    fc.assert(
      fc.property(text, (typed) => {
        const read = soundly(() => parseInstant(typed, 'Europe/Berlin'))
        expect(read instanceof Date || read instanceof UsageError).toBe(true)
      }),
      runs,
    )
  })
}) // prettier-ignore

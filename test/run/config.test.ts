import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig, profileOf, readConfig } from '../../src/run/config.ts'
import { UsageError } from '../../src/text/errors.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'

const path = '/etc/lifeboat/config.toml'

/** What is said of a config with this text. */
function complaint(text: string): string {
  try {
    parseConfig(text, path)
    return 'nothing'
  } catch (error) {
    return error instanceof UsageError ? error.message : `not a usage error: ${String(error)}`
  }
}

const asked = (aws: string) => profileOf(parseConfig(`[aws]\n${aws}`, path), 'web').account_alias !== false

describe('the alias of the account', () => {
  it('is asked for, unless STS is elsewhere and nobody says where IAM is', () => {
    expect(asked('')).toBe(true)
    expect(asked('endpoint_sts = "http://127.0.0.1:1"')).toBe(false)
    expect(asked('endpoint_sts = "http://127.0.0.1:1"\nendpoint_iam = "http://127.0.0.1:2"')).toBe(true)
  })
})

describe('a config', () => {
  it('that is empty is one', () => {
    expect(parseConfig('', path)).toEqual({ aws: {}, ssh: {}, hosts: [], path })
  })

  it('tells of hosts, with what is not said filled in', () => {
    const config = parseConfig(
      `
      [[hosts]]
      name = "chat"
      instance = "i-0123456789abcdef0"
      services = ["chat.service", 'srv\\x2dchat@1.service']
      backups = ["backup@daily.service"]
      cron = ["/etc/cron.d/zfsnap"]
      [[hosts.probes]]
      kind = "http"
      url = "http://127.0.0.1:8065/health"
      newest = "lastMessage"
      [[hosts.probes]]
      kind = "tcp"
      port = 6667
      `,
      path,
    )
    expect(config.hosts).toMatchObject([
      {
        name: 'chat',
        services: ['chat.service', String.raw`srv\x2dchat@1.service`],
        stable_seconds: 10,
        probe_seconds: 60,
        gate_hours: 12,
        snapshot_tags: {},
        probes: [
          { kind: 'http', status: 200, newest: 'lastMessage' },
          { kind: 'tcp', host: '127.0.0.1', port: 6667 },
        ],
      },
    ])
  })

  it('says for all hosts what a host may say otherwise: prices, and whether permissions are tried', () => {
    const config = parseConfig(
      '[aws]\npermission_check = false\n[prices]\ndate = "2026-10-01"\nvolumes = { us-east-1 = { gp3 = 0.1 } }\n[[hosts]]\nname = "a"\n[[hosts]]\nname = "b"\npermission_check = true\n',
      path,
    )
    expect(profileOf(config, 'a')).toMatchObject({ permission_check: false, prices: { date: '2026-10-01' } })
    expect(profileOf(config, 'b')).toMatchObject({ permission_check: true, prices: { date: '2026-10-01' } })
    expect(profileOf(config, 'elsewhere')).toMatchObject({ permission_check: false })
  })

  it('names files below its own folder, others by their whole path', () => {
    const config = parseConfig(
      '[aws]\ncredentials_file = "secret/credentials"\n[ssh]\nconfig = "/home/ann/.ssh/lab"\n',
      path,
    )
    expect(config.aws.credentials_file).toBe('/etc/lifeboat/secret/credentials')
    expect(config.ssh.config).toBe('/home/ann/.ssh/lab')
  })

  it.each([
    ['an unknown key at the top', 'host = "x"', 'the file: Unrecognized key: "host"'],
    ['an unknown key in a section', '[aws]\nregoin = "x"', 'aws: Unrecognized key: "regoin"'],
    ['an unknown key of a host', '[[hosts]]\nname = "a"\nservice = "x"', 'hosts.0: Unrecognized key: "service"'],
    [
      'an unknown key of a probe',
      '[[hosts]]\nname = "a"\n[[hosts.probes]]\nkind = "tcp"\nport = 1\nhots = "x"',
      'hosts.0.probes.0: Unrecognized key: "hots"',
    ],
    ['a wrong value', '[[hosts]]\nname = "a"\ninstance = "web"', 'hosts.0.instance: Invalid string'],
    [
      'a name that is no unit',
      '[[hosts]]\nname = "a"\nservices = ["chat"]',
      'hosts.0.services.0: must be a unit name such as chat.service',
    ],
    ['a unit with a shell in it', '[[hosts]]\nname = "a"\nservices = ["$(x).service"]', 'must be a unit name'],
    ['a cron file elsewhere', '[[hosts]]\nname = "a"\ncron = ["/etc/crontab"]', 'hosts.0.cron.0'],
    ['a host without a name', '[[hosts]]\nssh = "x"', 'hosts.0.name'],
    ['an unknown kind of probe', '[[hosts]]\nname = "a"\n[[hosts.probes]]\nkind = "udp"', 'hosts.0.probes.0.kind'],
    ['one name twice', '[[hosts]]\nname = "a"\n[[hosts]]\nname = "b"\n[[hosts]]\nname = "a"', 'names the host a twice'],
    ['a text that is no TOML', '[aws', 'is not TOML'],
  ])('with %s is refused, and says where', (_, text, where) => {
    expect(complaint(text)).toContain(where)
    expect(complaint(text)).toContain(`the config ${path} `)
  })

  it('names every mistake at once', () => {
    expect(complaint('[aws]\nregoin = "x"\n[ssh]\nconfg = "y"')).toMatch(/regoin.*; .*confg/)
  })
})

describe('reading a config', () => {
  it('gives what is in the file', async () => {
    const file = join(await temporaryFolder(), 'config.toml')
    await writeFile(file, '[aws]\nregion = "eu-central-1"\n')
    expect(readConfig(file, true)).toMatchObject({ aws: { region: 'eu-central-1' }, path: file })
  })

  it('that nobody named may be missing', async () => {
    const file = join(await temporaryFolder(), 'config.toml')
    expect(readConfig(file, false)).toEqual({ aws: {}, ssh: {}, hosts: [], path: null })
  })

  it('that somebody named may not, and where it is now can be said', async () => {
    const file = join(await temporaryFolder(), 'config.toml')
    expect(() => readConfig(file, true)).toThrow(`the config ${file} can't be read: ENOENT`)
  })

  it.each([true, false])('that is a folder is refused, named or not: %s', async (named) => {
    const file = join(await temporaryFolder(), 'config.toml')
    await mkdir(file)
    expect(() => readConfig(file, named)).toThrow(`the config ${file} can't be read: EISDIR`)
  })

  it('that is wrong is refused, named or not', async () => {
    const file = join(await temporaryFolder(), 'config.toml')
    await writeFile(file, 'x = 1\n')
    expect(() => readConfig(file, false)).toThrow(/Unrecognized key: "x"/)
  })
})

describe('the profile of a host', () => {
  const config = parseConfig('[[hosts]]\nname = "chat"\nssh = "admin@10.0.0.5"\n', path)

  it('is what the config says', () => {
    expect(profileOf(config, 'chat').ssh).toBe('admin@10.0.0.5')
  })

  it('of a name it does not know is that of an ssh destination', () => {
    expect(profileOf(config, 'ann@other')).toMatchObject({ name: 'ann@other', services: [], probes: [] })
    expect(profileOf(config, 'ann@other').ssh).toBeUndefined()
  })
})

const recipe = (more = '') => `[[recipes]]\nname = "wiki"\nswap = "true"\nunswap = "true"\n${more}\n`
const dumps = (kind: string) =>
  `[[hosts]]\nname = "web"\n[[hosts.dumps]]\nname = "w"\nfrom = "s3://dumps/w/"\nkind = "${kind}"\n`

describe('recipes of the config', () => {
  it('are known to every host, and dumps may be of their kind', () => {
    const config = parseConfig(recipe() + dumps('wiki'), path)
    expect(profileOf(config, 'web').recipes).toMatchObject([{ name: 'wiki', tools: [] }])
    expect(profileOf(config, 'another').recipes).toHaveLength(1)
    expect(profileOf(parseConfig('', path), 'web')).not.toHaveProperty('recipes')
  })

  it.each<[string, RegExp]>([
    [
      dumps('wikki'),
      /the dumps w of web: there is no recipe for dumps of kind wikki: there are postgres, folder, .*rocketchat, .*and what/,
    ],
    [recipe() + dumps('wikki'), /there are postgres, .*, wiki, and what/],
    [dumps('Wiki 2'), /kind: must be of a-z/],
    [recipe() + recipe(), /recipes: two have the same name/],
    [recipe().replace('wiki', 'postgres'), /recipes.0.name: is a kind that Lifeboat has itself/],
    [recipe('match = "("'), /recipes.0.match: must be a regular expression/],
    [recipe('tools = ["my sql"]'), /recipes.0.tools.0: must be the name of a program/],
    [recipe('swop = "true"'), /swop/],
    ['[[recipes]]\nname = "wiki"\nswap = "  "', /recipes.0.swap: .*; recipes.0.unswap: /],
  ])('are refused where they are wrong: %j', (text, why) => {
    expect(complaint(text)).toMatch(why)
  })
})

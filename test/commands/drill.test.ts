// What a drill refuses before it makes a world, and what it tells without making one.
import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../src/lab/scenarios/all.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { runProgram } from '../rig/program.ts'
import { lifeboat } from './surroundings.ts'

describe('a drill', () => {
  it.each([
    [['no-such-incident', '--unattended'], 'there is no incident "no-such-incident": there are volume-deleted, '],
    [['volume-deleted'], 'nobody is there to answer: give --unattended'],
    [['--json'], 'nobody is there to answer: give --unattended'],
    [['--unattended', '--seed', 'x'], '--seed x is not a whole number'],
    [['--unattended', '--delays', 'long'], "argument 'long' is invalid"],
    [['--unattended', '--host', 'real'], '--host real is neither simulated nor vm'],
    [['zone-down', '--unattended', '--host', 'vm'], 'the incident zone-down needs a simulated host'],
    [['--unattended', '--ssh-from', '203.0.113.7/32'], '--ssh-from is for --account'],
  ])('%j is refused, and no world is made', async (args, why) => {
    const cache = join(await temporaryFolder(), 'cache')
    const said = await lifeboat(['drill', ...args], { LIFEBOAT_CACHE_DIR: cache })
    expect(said.exitCode).toBe(2)
    expect(said.stderr + said.stdout).toContain(why)
    expect(existsSync(cache)).toBe(false)
  })

  it('without a place for its world is refused, and says which', async () => {
    const file = join(await temporaryFolder(), 'a file')
    appendFileSync(file, '')
    const said = await lifeboat(['drill', '--unattended'], { LIFEBOAT_CACHE_DIR: file })
    expect(said.exitCode).toBe(2)
    expect(said.stderr).toContain(`the lab can't keep its files in ${file}/labs: ENOTDIR`)
  })

  it.each([
    ['--cache-dir', "the lab can't keep its files in /proc/x/labs: ENOENT; name another place with --cache-dir"],
    ['--state-dir', "the history /proc/x/drills.jsonl can't be written: ENOENT; name another place with --state-dir"],
  ])('whose %s is where nobody can make anything is refused at once', async (flag, why) => {
    const [state, cache] = [join(await temporaryFolder(), 'state'), join(await temporaryFolder(), 'cache')]
    const flags = ['--state-dir', state, '--cache-dir', cache, flag, '/proc/x']
    const ended = await runProgram(['drill', '--unattended', '--json', ...flags])
    expect(ended.exitCode).toBe(2)
    expect(ended.events).toMatchObject([{ type: 'error', exitCode: 2, error: { code: 'usage', message: why } }])
    expect(existsSync(cache)).toBe(false)
  })

  it('whose history can not be written is refused before its world is made', async () => {
    const [state, cache] = [await temporaryFolder(), join(await temporaryFolder(), 'cache')]
    mkdirSync(join(state, 'drills.jsonl'))
    const said = await lifeboat(['drill', '--unattended', '--state-dir', state, '--cache-dir', cache])
    expect(said.exitCode).toBe(2)
    expect(said.stderr).toContain(`the history ${state}/drills.jsonl can't be written: EISDIR`)
    expect(existsSync(cache)).toBe(false)
  })

  it('of a program gets its refusal as an object', async () => {
    const { objects, stderr } = await lifeboat(['drill', 'nope', '--unattended', '--json'])
    expect(objects).toMatchObject([{ v: 1, type: 'error', exitCode: 2, error: { code: 'usage' } }])
    expect(stderr).toBe('')
  })
})

describe('drill --list', () => {
  it('has a line for each incident, whole in 80 columns', async () => {
    const { stdout, exitCode } = await lifeboat(['drill', '--list'])
    expect(exitCode).toBe(0)
    expect(stdout.trimEnd().split('\n')).toHaveLength(scenarios.length)
  })

  it('is for programs an object each', async () => {
    const { objects } = await lifeboat(['drill', '--list', '--json'])
    expect(objects.map((each) => each['id'])).toEqual(scenarios.map((each) => each.id))
    expect(objects[0]).toMatchObject({ v: 1, type: 'scenario', objectives: { rto: 30 } })
  })
})

describe('drill --history', () => {
  it('says how to begin where there was no drill', async () => {
    expect((await lifeboat(['drill', '--history'])).stdout).toBe('no drills yet: lifeboat drill begins one\n')
  })

  it('of a folder that can not be read is refused, not a bug', async () => {
    const state = join(await temporaryFolder(), 'a file')
    appendFileSync(state, '')
    const said = await lifeboat(['drill', '--history'], { LIFEBOAT_STATE_DIR: state })
    expect(said.exitCode).toBe(2)
    expect(said.stderr).toMatch(/^lifeboat: the history .* can't be read: ENOTDIR/)
  })
})

it('drill --timer prints a service that runs this program unattended, and names what the command line named', async () => {
  const { stdout } = await lifeboat(['drill', '--timer', '--state-dir', '/srv/100% mine'])
  expect(stdout).toMatch(/^ExecStart=\S+ \S+ drill --unattended --state-dir '\/srv\/100%% mine'$/m)
  expect(stdout).toContain('OnCalendar=Mon *-*-* 10:00:00')
})

const withConfig = async (text: string): Promise<NodeJS.ProcessEnv> => {
  const file = join(await temporaryFolder(), 'config.toml')
  appendFileSync(file, text)
  return { LIFEBOAT_CONFIG: file, AWS_REGION: 'us-east-1' }
}

describe('drill --account', () => {
  const host = '[[hosts]]\nname = "irc-1"\nvolume = "vol-0a1b2c3d4e5f60718"\n'

  it.each([
    [['--host', 'web'], host, 'the config does not name web'],
    [[], '', 'which host? Give --host NAME'],
    [[], host, 'from which network will ssh reach the scratch instance?'],
    [['--ssh-from', '0.0.0.0/0'], host, '--ssh-from 0.0.0.0/0 must be an IPv4 network'],
    [['--ssh-from', '203.0.113.7/24'], host, '--ssh-from 203.0.113.7/24 must be an IPv4 network'],
    [['volume-deleted'], host, '--account rehearses no incident of the lab'],
    [[], `${host}[hosts.drill]\nssh_from = "0.0.0.0/0"\n`, 'must be an IPv4 network'],
  ])('%j is refused before AWS is asked', async (args, config, why) => {
    const said = await lifeboat(['drill', ...args, '--account', '--unattended'], await withConfig(config))
    expect(said.exitCode).toBe(2)
    expect(said.stderr + said.stdout).toContain(why)
  })

  it('is what its timer runs, with a pause to remove what it made', async () => {
    const env = await withConfig(host)
    const { stdout } = await lifeboat(['drill', '--account', '--timer', '--ssh-from', '203.0.113.7/32'], env)
    expect(stdout).toMatch(
      /^ExecStart=\S+ \S+ drill --account --host irc-1 --ssh-from 203\.0\.113\.7\/32 --unattended$/m,
    )
    expect(stdout).toContain('TimeoutStopSec=20min')
  })
})

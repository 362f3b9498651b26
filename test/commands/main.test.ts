import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal } from '../../src/run/journal.ts'
import type { JournalRecord } from '../../src/run/record.ts'
import { runFolder } from '../../src/run/runs.ts'
import { version } from '../../src/version.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { started } from '../run/fake-session.ts'
import { lifeboat, type Said } from './surroundings.ts'

/** What a program is told of a refusal: one object, and nothing else on standard output. */
function refusal({ stdout, objects }: Said): unknown {
  expect(stdout.split('\n')).toHaveLength(2)
  const [{ error, ...rest } = {}] = objects
  return { ...rest, error }
}

const refused = (exitCode: number, code: string, message: RegExp): unknown => ({
  v: 1,
  at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
  type: 'error',
  exitCode,
  error: expect.objectContaining({
    code,
    message: expect.stringMatching(message) as unknown,
    notChanged: expect.any(Array) as unknown,
    exists: [],
    next: expect.any(Array) as unknown,
  }) as unknown,
})

const intended: JournalRecord = { type: 'intended', at: '', step: 'gate', attempt: 1, before: {}, commands: [] }

const finished: JournalRecord = { type: 'finished', at: '', outcome: 'restored', exitCode: 0 }

/** A state directory with runs of these names that came as far as these records. */
async function stateWith(runs: Record<string, JournalRecord[]>): Promise<NodeJS.ProcessEnv> {
  const state = await temporaryFolder()
  for (const [runId, records] of Object.entries(runs)) {
    const journal = openJournal(runFolder(state, runId), (record) => record)
    for (const record of records) journal.append(record.type === 'run-started' ? { ...record, runId } : record)
    journal.close()
  }
  return { LIFEBOAT_STATE_DIR: state }
}

async function configWith(text: string): Promise<NodeJS.ProcessEnv> {
  const file = join(await temporaryFolder(), 'config.toml')
  await writeFile(file, text)
  return { LIFEBOAT_CONFIG: file }
}

const emptyConfig = (): Promise<NodeJS.ProcessEnv> => configWith('[aws]\nregion = "eu-central-1"\n')

describe('the command line', () => {
  it('tells its version on standard output', async () => {
    expect(await lifeboat(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([[['--help']], [['help']], [['restore', '--help']], [['runs', '--help']]])(
    'tells what there is for %j',
    async (args) => {
      const { exitCode, stdout, stderr } = await lifeboat(args)
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toContain('Usage: lifeboat')
    },
  )

  it.each([
    [['--no-such-option']],
    [['restore', '--no-such-option']],
    [['no-such-command']],
    [['restore', '--host']],
    [['restore', '--way', 'magic']],
    [['runs', 'too', 'many']],
    [['report']],
  ])('refuses %j with exit 2 and a hint on standard error', async (args) => {
    const { exitCode, stdout, stderr } = await lifeboat(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(/^error: .*\n/)
    expect(stderr).toContain('lifeboat --help')
  })

  it('tells a program of a wrong line with one object', async () => {
    const said = await lifeboat(['restore', '--json', '--no-such-option'])
    expect(said.exitCode).toBe(2)
    expect(refusal(said)).toEqual(refused(2, 'usage', /^unknown option '--no-such-option'/))
  })
})

describe('restore', () => {
  it('without a host says which flag is missing', async () => {
    const said = await lifeboat(['restore', '--json'], await emptyConfig())
    expect(said.exitCode).toBe(2)
    expect(refusal(said)).toEqual(refused(2, 'usage', /--host NAME/))
    expect(said.stderr).toBe('')
  })

  it('is what is done where no command is named', async () => {
    const { exitCode, stderr } = await lifeboat([], await emptyConfig())
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^lifeboat: which host\? Give --host NAME/)
  })

  it.each([
    ['that is missing', 'missing.toml', /missing\.toml can't be read: ENOENT/],
    ['that is a folder', 'folder', /folder can't be read: EISDIR/],
    ['that is no TOML', 'broken.toml', /broken\.toml is not TOML/],
    ['with an unknown key', 'unknown.toml', /unknown\.toml is wrong: the file: Unrecognized key: "x"/],
  ])('with a config %s is refused with exit 2', async (_, name, message) => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'folder'))
    await writeFile(join(folder, 'broken.toml'), '[aws')
    await writeFile(join(folder, 'unknown.toml'), 'x = 1')
    const said = await lifeboat(['restore', '--host', 'web', '--json', '--config', join(folder, name)])
    expect(said.exitCode).toBe(2)
    expect(refusal(said)).toEqual(refused(2, 'usage', message))
  })

  it('without a region says how to give one', async () => {
    const said = await lifeboat(['restore', '--host', 'web', '--json'], await configWith(''))
    expect(refusal(said)).toEqual(refused(2, 'usage', /which AWS region\? set AWS_REGION/))
  })

  it('with a wrong flag names it', async () => {
    const said = await lifeboat(['restore', '--host', 'web', '--init-rate', 'fast', '--json'], await emptyConfig())
    expect(refusal(said)).toEqual(refused(2, 'usage', /^--init-rate: /))
  })

  it('on a host with an unfinished run is refused, and says how to go on', async () => {
    const env = { ...(await stateWith({ 'run-1': [started(), intended] })), ...(await emptyConfig()) }
    const said = await lifeboat(['restore', '--host', 'web', '--json'], env)
    expect(said.exitCode).toBe(5)
    expect(refusal(said)).toEqual(refused(5, 'run-unfinished', /run run-1 on web is not finished/))
    expect(said.stdout).toContain('lifeboat resume run-1')
    expect(said.stdout).toContain('lifeboat undo run-1')
  })
})

describe('runs', () => {
  it('that there are none is nothing for a program, and a word for a person', async () => {
    expect(await lifeboat(['runs', '--json'])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
    expect(await lifeboat(['runs'])).toMatchObject({ exitCode: 0, stdout: 'no runs yet\n' })
  })

  it('are one object each, with what became of them', async () => {
    const env = await stateWith({
      'run-1': [started(), intended, finished],
      'run-2': [started(), intended],
      'run-3': [started()],
    })
    await mkdir(join(env.LIFEBOAT_STATE_DIR ?? '', 'runs', 'run-4'))
    await writeFile(join(env.LIFEBOAT_STATE_DIR ?? '', 'runs', 'run-4', 'journal.jsonl'), 'x\n')
    const { objects } = await lifeboat(['runs', '--json'], env)
    expect(objects.map(({ type, runId, status }) => ({ type, runId, status }))).toEqual([
      { type: 'run', runId: 'run-1', status: 'restored' },
      { type: 'run', runId: 'run-2', status: 'unfinished' },
      { type: 'run', runId: 'run-3', status: 'nothing changed' },
      { type: 'run', runId: 'run-4', status: 'unreadable' },
    ])
  })
})

describe('a log that can’t be written', () => {
  it('is said once, and stops nothing', async () => {
    const env = await stateWith({ 'run-1': [started()] })
    await mkdir(join(runFolder(env['LIFEBOAT_STATE_DIR'] ?? '', 'run-1'), 'log.jsonl'))
    const said = await lifeboat(['undo', 'run-1', '--no-input'], { ...env, ...(await emptyConfig()) })
    expect(said).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^the log .*EISDIR[^\n]*\n$/) })
  })
})

describe.each(['resume', 'undo'])('%s', (command) => {
  it('of no run at all says that none is unfinished', async () => {
    const said = await lifeboat([command, '--json'])
    expect(said.exitCode).toBe(2)
    expect(refusal(said)).toEqual(refused(2, 'usage', /no run is unfinished/))
  })

  it('of one of several wants to know which', async () => {
    const env = await stateWith({ 'run-1': [started(), intended], 'run-2': [started(), intended] })
    const said = await lifeboat([command, '--json'], env)
    expect(refusal(said)).toEqual(refused(2, 'usage', /which run\? 2 are unfinished: run-1 \(web\), run-2 \(web\)/))
  })

  it.each(['../run-1', 'a/b', ''])('takes no path for a name: %j', async (name) => {
    const said = await lifeboat([command, name, '--json'], await stateWith({ 'run-1': [started(), intended] }))
    expect(refusal(said)).toEqual(refused(2, 'usage', /is no name of a run/))
  })

  it.each(['..', '', '/', '../runs'])('takes no path for a name beside a host either: %j', async (name) => {
    const env = await stateWith({ 'run-1': [started(), intended] })
    const said = await lifeboat([command, name, '--host', 'web', '--json'], { ...env, ...(await emptyConfig()) })
    expect(refusal(said)).toEqual(refused(2, 'usage', /is no name of a run/))
    expect((await lifeboat(['runs'], env)).stdout).toContain('run-1')
  })

  it('goes by the host that is named', async () => {
    const other = { ...started({ host: 'db' }), host: 'db' }
    const env = { ...(await stateWith({ 'run-1': [started(), intended], 'run-2': [other, intended] })) }
    const all = { ...env, ...(await emptyConfig()), LIFEBOAT_CONFIG: '/nowhere/config.toml' }
    const said = await lifeboat([command, 'run-1', '--host', 'db', '--json'], all)
    expect(refusal(said)).toEqual(refused(2, 'usage', /run run-1 is of web, not of db/))
    const chosen = await lifeboat([command, '--host', 'db', '--json'], all)
    expect(refusal(chosen)).toEqual(refused(2, 'usage', /config \/nowhere\/config\.toml can't be read/))
  })

  it('of a run that is not there says so', async () => {
    const said = await lifeboat([command, 'run-9', '--json'])
    expect(refusal(said)).toEqual(refused(2, 'usage', /there is no run run-9/))
  })

  it('of a finished run says what became of it', async () => {
    const said = await lifeboat(
      [command, 'run-1', '--json'],
      await stateWith({ 'run-1': [started(), intended, finished] }),
    )
    expect(refusal(said)).toEqual(refused(2, 'usage', /run run-1 is finished: it was restored/))
  })
})

it('a report of a run that is not there is refused', async () => {
  expect(await lifeboat(['report', 'run-9'])).toMatchObject({ exitCode: 2, stdout: '' })
})

describe.each(['lab', 'drill'])('%s', (command) => {
  it.each([
    [
      ['--host', 'cloud'],
      command === 'lab'
        ? /'cloud' is invalid. Allowed choices are simulated, vm/
        : /--host cloud is neither simulated nor vm/,
    ],
    [['--delays', 'some'], /'some' is invalid. Allowed choices are none, real/],
    [['--seed', '-1'], /--seed -1 is not a whole number/],
  ])('with %j is refused before anything is started', async (args, message) => {
    const said = await lifeboat([command, '--json', ...args])
    expect(said.exitCode).toBe(2)
    expect(refusal(said)).toEqual(refused(2, 'usage', message))
  })

  it('of an incident that there is not is refused, with those that there are', async () => {
    const named = command === 'lab' ? ['--scenario', 'flood'] : ['flood', '--unattended']
    const said = await lifeboat([command, '--json', ...named])
    expect(refusal(said)).toEqual(refused(2, 'usage', /there is no incident "flood": there are volume-deleted, /))
  })
})

it('a drill with nobody to answer is refused, unless it is said to be unattended', async () => {
  expect(refusal(await lifeboat(['drill', '--json']))).toEqual(
    refused(2, 'usage', /nobody is there to answer: give --unattended/),
  )
})

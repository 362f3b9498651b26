// A dump of duplicity's between the steps: where its passphrase comes from, and what is said when it stays shut.
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/remote/command.ts'
import { commandText, type Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import { checkDumpAction } from '../../src/steps/check-dump.ts'
import { digestOf } from '../../src/steps/dumps/digest.ts'
import { placesOf } from '../../src/steps/places.ts'
import type { HostProfile } from '../../src/steps/profile.ts'
import { archiveRecipe, duplicityRecipe } from '../../src/steps/recipes/folder.ts'
import type { Route, Run } from '../../src/steps/step.ts'
import { unpackAction } from '../../src/steps/unpack.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

const keys = ['manifest', 'vol1.difftar'].map((end) => `mail/duplicity-full.20261120T030000Z.${end}`)

const entry = { name: 'mail', from: 's3://dumps/mail/', keep: ['backup'] }

interface Given {
  readonly ending?: string
  readonly dumps?: HostProfile['dumps']
  /** How the passphrase can be had. */
  readonly from?: 'file' | 'asked' | null
  /** What the host puts out for what it runs. */
  readonly stdout?: string
}

function restoring({ ending = '.gpg', dumps = [entry], from = null, stdout = '' }: Given = {}) {
  const route: Route = { id: 'dump', legs: [{ choices: [], actions: [checkDumpAction, unpackAction] }] }
  const secrets = { source: () => from, get: () => Promise.resolve('hunter2') }
  const session = fakeSession({ route, host: { name: 'box', dumps }, secrets })
  const objects = keys.map((key) => ({ key: `${key}${ending}`, sizeBytes: 10, etag: 'e' }))
  const at = session.at()
  const dump = {
    bucket: 'dumps',
    region: 'eu-central-1',
    prefix: objects[0]?.key,
    at: '2026-11-20T03:00:00.000Z',
    writtenAt: '2026-11-20T04:00:00.000Z',
    kind: 'duplicity',
    objects: 2,
    bytes: 20,
    storageClass: 'STANDARD',
    doubts: [],
    notes: [],
    entry: 'mail',
    digest: digestOf(objects),
  }
  session.record({ type: 'answered', at, step: 'dump', value: dump, by: 'flag' })
  session.record({ type: 'answered', at, step: 'carrier', value: 'host', by: 'flag' })
  session.record({ type: 'answered', at, step: 'place', value: '/home/user-data', by: 'config' })
  const dir = '/var/lib/lifeboat/run'
  session.record({ type: 'intended', at, step: 'fetch', attempt: 1, before: { dir }, commands: [] })
  session.record({ type: 'done', at, step: 'fetch', attempt: 1, effect: { dir, objects: 2, bytes: 20 } })
  const typed: (string | undefined)[] = []
  const listing = {
    Contents: objects.map(({ key, sizeBytes, etag }) => ({
      Key: key,
      Size: sizeBytes,
      ETag: `"${etag}"`,
      LastModified: new Date(0),
    })),
  }
  const remote: Remote = {
    run<T>(command: Command<T>): Promise<T> {
      return new Promise((resolve) => {
        if (command.kind === 'aws') return resolve(command.parse(listing))
        const isRecipe = command.line.includes('gnupg')
        if (isRecipe) typed.push(command.stdin)
        return resolve(command.parse({ code: 0, stdout: isRecipe ? stdout : '', stderr: '' }))
      })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const looking = contextFor(session, { step: 'unpack', attempt: 1, shown: null, ignoresStopping: false })
  const shown = new Set(unpackAction.commands(looking, {}).map(commandText))
  const run: Run = contextFor(session, { step: 'unpack', attempt: 1, shown, ignoresStopping: false })
  return { run, session, typed, shown: [...shown] }
}

describe('the passphrase of a dump', () => {
  const inConfig = [{ ...entry, key_file: '/root/key' }]
  const secret = { secret: { name: 'passphrase', prompt: expect.any(String) as unknown } }

  it.each<[string, Given, unknown]>([
    ['the file that the config names', { dumps: inConfig, from: 'asked' }, { file: '/root/key' }],
    ['a file of this machine that was given for this run, first', { dumps: inConfig, from: 'file' }, secret],
    ['who is there, where nothing is said of it', { from: 'asked' }, secret],
    ["nowhere, and root's keyring has to do", { from: null }, null],
    ['nowhere, where nothing is encrypted', { dumps: inConfig, from: 'asked', ending: '' }, null],
  ])('comes from %s', (_, given, is) => {
    expect(placesOf(restoring(given).run)).toMatchObject({ passphrase: is, keep: ['backup'], into: '/home/user-data' })
  })

  it('is handed over on standard input, and stands in no command that is shown', async () => {
    const { run, typed, shown, session } = restoring({ from: 'asked' })
    await unpackAction.perform(run, {})
    expect(typed).toEqual(['hunter2'])
    expect(JSON.stringify([shown, session.events, session.journal.records])).not.toContain('hunter2')
    expect(shown[0]).toMatch(/# on standard input: the passphrase of the dump/)
  })

  it('that is not it ends the check with what to do, before a service is stopped', async () => {
    const { run } = restoring({ from: 'asked', stdout: 'locked\tthe passphrase does not open it\n' })
    expect(await thrownBy(checkDumpAction.perform(run, {}))).toMatchObject({
      code: 'dump-locked',
      message: "the dump can't be opened: the passphrase does not open it",
      notChanged: ['no service was stopped, and the old data is as it was'],
      next: [
        { command: `lifeboat resume ${run.id} --secret passphrase=@FILE` },
        { command: `lifeboat resume ${run.id}` },
      ],
    })
  })
})

it('what duplicity could not restore is told before the services are stopped', async () => {
  const { run, session } = restoring({
    stdout: 'warning\tError processing null\nwarning\tError processing \u001b[31mx\n',
  })
  await unpackAction.perform(run, {})
  const said = session.events.flatMap((event) => (event.type === 'finding' ? [[event.level, event.message]] : []))
  expect(said).toEqual([
    ['warn', 'not as in the dump: Error processing null'],
    ['warn', expect.stringMatching(/^not as in the dump: Error processing \P{Cc}*x$/u) as unknown],
  ])
})

it('can not replace the mountpoint of a dataset, and nobody is sent to the dataset, which it can not make', async () => {
  const stdout = 'duplicity 0.8.22\nis folder\nparent\nmountpoint\ndataset tank/www\nbelow 0\n'
  const { run, session } = restoring()
  const remote: Remote = {
    run: async (command) => command.parse({ code: 0, stdout, stderr: '' }),
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  expect(await duplicityRecipe.obstacles(run, '/srv/www', null)).toEqual([
    "/srv/www is a mountpoint, which can't be renamed: name a folder in it",
  ])
  expect(await archiveRecipe.obstacles(run, '/srv/www', null)).toEqual([
    '/srv/www is the mountpoint of the dataset tank/www: name that instead (--to tank/www)',
  ])
})

// Which part of a dump comes back, and what stands against it where it is to go.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/remote/command.ts'
import { contextFor } from '../../src/run/context.ts'
import { checkDumpAction } from '../../src/steps/check-dump.ts'
import { digestOf } from '../../src/steps/dumps/digest.ts'
import { dumpPlaceChoice } from '../../src/steps/dump-place.ts'
import type { Flags } from '../../src/steps/flags.ts'
import { gateAction } from '../../src/steps/gate.ts'
import { onlyChoice, onlyOf } from '../../src/steps/only.ts'
import { placesOf, replacedBy } from '../../src/steps/places.ts'
import type { HostProfile } from '../../src/steps/profile.ts'
import { sourceChoice } from '../../src/steps/source.ts'
import type { Route, RouteId } from '../../src/steps/step.ts'
import { temporaryFolder } from '../lab/host/temporary-folder.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { here } from '../remote/here.ts'
import { fakeSession } from '../run/fake-session.ts'

interface Given {
  readonly kind?: string
  readonly flags?: Partial<Flags>
  readonly host?: Partial<HostProfile>
  readonly route?: RouteId
  /** Answers, by step. */
  readonly answers?: Readonly<Record<string, unknown>>
  /** What the host puts out, where it is not this machine. */
  readonly says?: string
}

function restoring({ kind = 'duplicity', flags = {}, host = {}, route: id = 'dump', answers = {}, says }: Given = {}) {
  const route: Route = { id, legs: [{ choices: [onlyChoice, dumpPlaceChoice], actions: [] }] }
  const session = fakeSession({ route, host: { name: 'web', ...host }, flags })
  const run = async <T>(command: Command<T>): Promise<T> => {
    if (command.kind === 'aws') return command.parse({})
    return says === undefined ? here(command) : command.parse({ code: 0, stdout: says, stderr: '' })
  }
  Object.assign(session, { remote: { run, close: () => Promise.resolve() } })
  const at = session.at()
  const place = {
    bucket: 'b',
    region: 'r',
    prefix: 'p/',
    digest: digestOf([]),
    storageClass: 'STANDARD',
    entry: 'mail',
  }
  const dump = { ...place, kind, at, writtenAt: at, objects: 1, bytes: 1, doubts: [], notes: [] }
  for (const [step, value] of Object.entries({ dump, carrier: 'host', ...answers }))
    session.record({ type: 'answered', at, step: step as 'dump', value, by: 'flag' })
  return { session, run: contextFor(session, { step: 'only', attempt: 1, shown: null, ignoresStopping: false }) }
}

const asked = (only: string, kind?: string) =>
  onlyChoice.fromFlags(restoring({ flags: { only }, ...(kind === undefined ? {} : { kind }) }).run, [])

describe('what of a dump comes back', () => {
  it('is all of it, unless something is said', async () => {
    const { run } = restoring()
    const seen = []
    for await (const each of onlyChoice.options(run)) if (each.kind === 'option') seen.push(each)
    expect(seen).toMatchObject([{ kind: 'option', value: { path: null }, label: 'all of it' }])
    expect(onlyChoice.suggested(run, seen)).toBe(seen[0])
    expect(onlyChoice.fromFlags(run, seen)).toBe(undefined)
  })

  it.each([
    ['mail/mailboxes/example.org', 'mail/mailboxes/example.org'],
    ['mail/', 'mail'],
    ['./mail//box', 'mail/box'],
    [` -a "b' *$(x)\n`, ` -a "b' *$(x)\n`],
    ['...', '...'],
    ['a/..b', 'a/..b'],
  ])('is one path by its name in the dump: %j', (only, path) => {
    expect(asked(only)).toEqual({ path })
  })

  it.each([
    ['/etc/passwd', "/etc/passwd is no path in the dump: name it from the dump's root, such as mail/example.org"],
    ['../x', "../x is no path in the dump: name it from the dump's root, such as mail/example.org"],
    ['a/../b', "a/../b is no path in the dump: name it from the dump's root, such as mail/example.org"],
    ['.', '. names nothing in the dump'],
    ['~root', 'duplicity can not be asked for a path that begins with ~'],
  ])('is not %s', (only, why) => {
    expect(() => asked(only)).toThrow(why)
  })

  it('never leads out of its folder, whatever is given', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b c', '...', '\n', '-', '~')
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const { run } = restoring({ flags: { only: parts.join('/') || '.' } })
        const read = () => {
          try {
            return onlyChoice.fromFlags(run, [])
          } catch {
            return undefined
          }
        }
        const answer = read() as { path: string } | undefined
        if (answer === undefined) return
        const { run: answered } = restoring({ answers: { only: answer, place: '/srv/x' } })
        expect(replacedBy(answered).startsWith('/srv/x/')).toBe(true)
        expect(answer.path.split('/').some((each) => each === '' || each === '.' || each === '..')).toBe(false)
      }),
    )
  })

  it('is not asked of a dump that is put in place as a whole, and can not be said of it', () => {
    expect(onlyChoice.applies?.(restoring({ kind: 'postgres' }).run)).toBe(false)
    expect(onlyChoice.applies?.(restoring().run)).toBe(true)
    expect(onlyChoice.applies?.(restoring({ kind: 'postgres', flags: { only: 'x' } }).run)).toBe(true)
    expect(() => asked('x', 'postgres')).toThrow(
      'a dump of kind postgres is put in place as a whole: --only is not for it',
    )
  })

  it('is of a dump: with another source it is refused', async () => {
    const { run } = restoring({ route: 'ebs', flags: { only: 'x' } })
    expect(await thrownBy(sourceChoice.check(run, 'ebs'))).toMatchObject({
      message: '--only names a part of a dump: it goes with --source dump',
    })
  })

  it('is all of it in a run that was begun before it could be said', () => {
    const { run, session } = restoring({ answers: { place: '/srv/mail' } })
    expect(onlyChoice.settled?.(run)).toBe(undefined)
    const before = { run: 'r', who: '', since: session.at(), backups: [], services: [], cron: [], running: [] }
    session.record({ type: 'intended', at: session.at(), step: gateAction.id, attempt: 1, before, commands: [] })
    expect(onlyChoice.settled?.(run)).toEqual({ path: null })
    expect([onlyOf(run), placesOf(run).only, replacedBy(run)]).toEqual([null, null, '/srv/mail'])
  })

  it('keeps what is to be kept below it alone', () => {
    const dumps = [{ name: 'mail', from: 's3://dumps/p/', keep: ['backup', 'mail/cache', 'mail/a/b'] }]
    const { run } = restoring({ host: { dumps }, answers: { only: { path: 'mail' }, place: '/srv/x' } })
    expect(placesOf(run)).toMatchObject({ only: 'mail', keep: ['cache', 'a/b'], into: '/srv/x' })
    expect(replacedBy(run)).toBe('/srv/x/mail')
  })
})

/** What stands against it, on this machine. */
async function obstacles(only: string): Promise<string> {
  const into = await temporaryFolder()
  mkdirSync(join(into, 'files'))
  writeFileSync(join(into, 'file'), '')
  symlinkSync('files', join(into, 'link'))
  const { run } = restoring({ kind: 'duplicity', answers: { only: { path: only } } })
  const found = await thrownBy(Promise.resolve(dumpPlaceChoice.check(run, into)))
  return found instanceof Error ? found.message.replaceAll(into, 'INTO').replace(/^the host lacks .*/, '') : ''
}

/** What a place is refused for that is typed. */
const wrong = async (into: string, path: string | null) => {
  const { run } = restoring({ answers: { only: { path } } })
  return thrownBy((async () => dumpPlaceChoice.typed?.read(run, into))())
}

describe('where one path is to go', () => {
  it.each([
    ['link/x', 'INTO/link is a symbolic link, and INTO/link/x is not below INTO itself'],
    ['gone/x/y', 'INTO/gone is not there: to have it back with what was in it, name it: --only gone'],
    ['file/x', 'INTO/file is there, and is no folder: to have it back with what was in it, name it: --only file'],
  ])('is refused before anything is touched: %s', async (only, why) => {
    expect(await obstacles(only)).toContain(why)
  })

  it('may be anywhere below the root, and nowhere in a dataset', async () => {
    expect(await wrong('/', 'etc/nginx')).toBe('nothing')
    expect(await wrong('/', null)).toMatchObject({
      message: expect.stringContaining('/ is no absolute path') as unknown,
    })
    expect(await wrong('tank/mail', 'x')).toMatchObject({
      message: expect.stringContaining('tank/mail is no absolute path of a folder') as unknown,
    })
  })
})

it('a path that is not in the dump ends the check with what is near, before a service is stopped', async () => {
  const near = ['files/rota-w01.csv', 'files/rota-w02.csv', 'messages.log'].map((each) => `near\t${each}\n`).join('')
  const { run, session } = restoring({
    answers: { only: { path: 'rota-w02.csv' }, place: '/srv/board' },
    says: `fact\t1 of duplicity's backups\nmissing\trota-w02.csv\n${near}`,
  })
  const [at, dir] = [session.at(), '/var/lib/lifeboat/r']
  session.record({ type: 'intended', at, step: 'fetch', attempt: 1, before: { dir }, commands: [] })
  session.record({ type: 'done', at, step: 'fetch', attempt: 1, effect: { dir, objects: 1, bytes: 1 } })
  const found = await thrownBy(checkDumpAction.perform(run, {}))
  expect(found).toMatchObject({
    code: 'path-not-in-dump',
    message: 'the dump has no rota-w02.csv; near it are files/rota-w02.csv, files/rota-w01.csv, messages.log',
    notChanged: ['no service was stopped, and the old data is as it was'],
  })
})

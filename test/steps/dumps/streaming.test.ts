// How a pass over a dump that is streamed is fed, and what becomes of it when something fails.
import { describe, expect, it, vi } from 'vitest'
import type { Command, S3Get } from '../../../src/remote/command.ts'
import type { Remote } from '../../../src/remote/remote.ts'
import { act } from '../../../src/run/act.ts'
import { digestOf } from '../../../src/steps/dumps/digest.ts'
import { checkDumpAction } from '../../../src/steps/check-dump.ts'
import { fetchAction } from '../../../src/steps/fetch.ts'
import { gateAction } from '../../../src/steps/gate.ts'
import { putInPlaceAction } from '../../../src/steps/put-in-place.ts'
import type { AnyAction, Route } from '../../../src/steps/step.ts'
import { AwsError, RemoteCommandError } from '../../../src/text/errors.ts'
import { thrownBy } from '../../remote/aws/thrown-by.ts'
import { fakeSession } from '../../run/fake-session.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 1000, signal) }
})
vi.mock(import('node:timers/promises'), async (original) => {
  const real = await original()
  return { ...real, setTimeout: (ms = 0, value, options) => real.setTimeout(ms / 1000, value, options) }
})

const object = { Key: 'db/all.sql.gz', Size: 5_000_000, ETag: '"e1"', LastModified: new Date(0) }
const companion = { Key: 'db/all.sql.gz.md5', Size: 33, ETag: '"e2"', LastModified: new Date(0) }

const dump = {
  bucket: 'dumps',
  region: 'eu-central-1',
  prefix: 'db/',
  at: '2026-11-21T00:00:00.000Z',
  writtenAt: '2026-11-21T01:00:00.000Z',
  kind: 'postgres',
  objects: 2,
  bytes: 5_000_033,
  storageClass: 'STANDARD',
  doubts: [],
  notes: [],
  entry: null,
  digest: digestOf(
    [object, companion].map(({ Key, Size, ETag }) => ({ key: Key, sizeBytes: Size, etag: ETag.slice(1, -1) })),
  ),
}

const gaveUp = (status: string): RemoteCommandError =>
  new RemoteCommandError({
    host: 'web',
    command: 'bash',
    exitCode: 23,
    signal: null,
    stderrTail: `S3 gave no bytes 0 to 9 of object 1 of the dump: ${status} curl: (22) The requested URL returned error\n`,
    timedOut: false,
  })

const refusing = (action: string): AwsError =>
  new AwsError({ action, code: 'ExpiredToken', message: 'expired', requestId: null, missingPermission: null })

interface Host {
  /** What becomes of the command that reads the dump, after it was looked at so often. */
  readonly pass: (looks: number) => string | Error | undefined
  readonly feed?: (feeds: number) => Error | undefined
  readonly list?: () => Error | undefined
}

/** A run whose dump is streamed. Its host does what it is told here, and else says nothing. */
function streaming({ pass, feed = () => undefined, list = () => undefined }: Host) {
  const actions: AnyAction[] = [fetchAction, checkDumpAction, putInPlaceAction]
  const route: Route = { id: 'dump', legs: [{ choices: [], actions }] }
  const session = fakeSession({ route, host: { name: 'web' } })
  const at = session.at()
  session.record({ type: 'answered', at, step: 'dump', value: dump, by: 'flag' })
  session.record({ type: 'answered', at, step: 'carrier', value: 'stream', by: 'flag' })
  session.record({ type: 'answered', at, step: 'place', value: 'postgres', by: 'flag' })
  const before = {
    run: session.state.runId,
    who: '',
    since: at,
    backups: [],
    services: [],
    cron: [],
    running: ['forum.service'],
  }
  session.record({ type: 'intended', at, step: gateAction.id, attempt: 1, before, commands: [] })
  session.record({ type: 'done', at, step: gateAction.id, attempt: 1, effect: { liftedByHostAt: at } })
  const ran: string[] = []
  const fed: (readonly S3Get[])[] = []
  let looks = 0
  let over = Promise.withResolvers<string>()
  const settle = (): void => {
    const end = pass(looks)
    if (typeof end === 'string') over.resolve(end)
    else if (end !== undefined) over.reject(end)
  }
  const remote: Remote = {
    async run<T>(command: Command<T>): Promise<T> {
      if (command.kind === 'aws') {
        const failed = list()
        if (failed !== undefined) throw failed
        return command.parse({ Contents: [object, companion] })
      }
      const said = (stdout: string): T => command.parse({ code: 0, stdout, stderr: '' })
      if (command.gets !== undefined) {
        fed.push(command.gets)
        const failed = feed(fed.length)
        if (failed !== undefined) throw failed
        return said('')
      }
      if (command.line.includes('[ -e moved ] || exit 0')) {
        ran.push('unload')
        return said('')
      }
      if (command.unit !== undefined && command.line.includes('ranges()')) {
        over = Promise.withResolvers()
        ran.push('pass')
        settle()
        return said(await over.promise)
      }
      if (/\/stream\/at/.test(command.line)) {
        looks++
        settle()
        return said('2500000\n')
      }
      if (command.line.startsWith('rm -rf -- /run/lifeboat'))
        ran.push(command.line.includes('mkdir') ? 'open' : 'close')
      if (command.line.startsWith('systemctl reset-failed')) ran.push('start')
      return said('')
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  return { session, ran, fed, looks: () => looks, doing: (step: AnyAction) => act(session, step, false) }
}

const whole =
  'fact\tall.sql.gz: databases a; tables: 1, rows: 1\nbytes\t9\nmd5\t00000000 22af645d1859cb5ca6da0c484f1f37ea\n'

describe('a pass over a dump that is streamed', () => {
  it('has the URLs of its objects, and of nothing beside them, pinned to what was chosen; they are taken away at its end', async () => {
    const host = streaming({ pass: () => whole })
    await host.doing(checkDumpAction)
    expect(host.ran).toEqual(['open', 'pass', 'close'])
    expect(host.fed.flat()).toEqual([
      expect.objectContaining({ key: object.Key, etag: 'e1', from: 0, to: object.Size - 1 }) as unknown,
    ])
    expect(host.session.events).toContainEqual(
      expect.objectContaining({ type: 'finding', message: '✓ all.sql.gz: databases a; tables: 1, rows: 1' }) as unknown,
    )
  })

  it('gets new URLs while it takes long, and says how far it is', async () => {
    const host = streaming({ pass: (looks) => (looks > 200 ? whole : undefined) })
    await host.doing(checkDumpAction)
    expect(host.fed.length).toBeGreaterThan(1)
    expect(host.session.events).toContainEqual(
      expect.objectContaining({ type: 'progress', done: 2_500_000, total: object.Size, unit: 'bytes' }) as unknown,
    )
  })

  it('goes on with the old URLs where none can be signed for a while', async () => {
    const lapsed = refusing('GetObject')
    const host = streaming({
      pass: (looks) => (looks > 200 ? whole : undefined),
      feed: (feeds) => (feeds > 1 ? lapsed : undefined),
    })
    await host.doing(checkDumpAction)
    expect(host.fed.length).toBeGreaterThan(1)
    expect(host.session.state.actions.get('check-dump')?.status).toBe('done')
  })

  it.each([
    ['000', 'stream-broken', 'web could not read the dump to its end'],
    ['412', 'dump-changed', 'written over or removed while it was read'],
  ])('that S3 ends with %s is told so, before any service is touched', async (status, code, message) => {
    const host = streaming({ pass: () => gaveUp(status) })
    expect(await thrownBy(host.doing(checkDumpAction))).toMatchObject({
      code,
      message: expect.stringContaining(message) as unknown,
      notChanged: ['no service was stopped, and the old data is as it was'],
    })
    expect(host.ran).toEqual(['open', 'pass', 'close'])
  })

  it('whose object has another MD5 than S3 says is refused', async () => {
    object.ETag = '"22af645d1859cb5ca6da0c484f1f37eb"'
    const { digest } = dump
    dump.digest = digestOf(
      [object, companion].map(({ Key, Size, ETag }) => ({ key: Key, sizeBytes: Size, etag: ETag.slice(1, -1) })),
    )
    try {
      const host = streaming({ pass: () => whole })
      expect(await thrownBy(host.doing(checkDumpAction))).toMatchObject({
        code: 'dump-broken',
        message: expect.stringContaining('db/all.sql.gz is not what S3 says it is') as unknown,
      })
    } finally {
      object.ETag = '"e1"'
      dump.digest = digest
    }
  })
})

describe('putting a streamed dump in place', () => {
  it('brings the old data back, and the services on it, where the stream breaks off for good', async () => {
    const host = streaming({ pass: () => gaveUp('000') })
    expect(await thrownBy(host.doing(putInPlaceAction))).toMatchObject({
      code: 'not-put-in-place',
      message: expect.stringContaining('S3 gave no bytes 0 to 9') as unknown,
      notChanged: ['postgres is the old data again', expect.stringContaining('forum.service') as unknown],
    })
    expect(host.ran).toEqual(['open', 'pass', 'close', 'unload', 'start'])
  })

  it('tells no second try of a dump that was written over in the middle', async () => {
    const host = streaming({ pass: () => gaveUp('412') })
    expect(await thrownBy(host.doing(putInPlaceAction))).toMatchObject({
      code: 'not-put-in-place',
      next: [{ command: expect.stringMatching(/^lifeboat undo /) as unknown }],
    })
    expect(host.ran).toEqual(['open', 'pass', 'close', 'unload', 'start'])
  })

  it('starts the services again, too, where it could not even begin: S3 lists another dump, or nothing', async () => {
    const denied = refusing('ListObjectsV2')
    const host = streaming({ pass: () => whole, list: () => denied })
    expect(await thrownBy(host.doing(putInPlaceAction))).toMatchObject({ code: 'not-put-in-place' })
    expect(host.ran).toEqual(['unload', 'start'])
  })
})

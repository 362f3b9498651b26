import { describe, expect, it, vi } from 'vitest'
import type { Command } from '../../src/remote/command.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { contextFor } from '../../src/run/context.ts'
import { digestOf } from '../../src/steps/dumps/digest.ts'
import { fetchAction } from '../../src/steps/fetch.ts'
import type { Route } from '../../src/steps/step.ts'
import { commandText } from '../../src/remote/remote.ts'
import { thrownBy } from '../remote/aws/thrown-by.ts'
import { fakeSession } from '../run/fake-session.ts'

// Waits are as many as in earnest, and short.
vi.mock(import('../../src/run/stopping.ts'), async (original) => {
  const real = await original()
  return { ...real, delay: (ms, signal) => real.delay(ms / 1000, signal) }
})

const MiB = 1024 * 1024

const objectOf = (Key: string, Size: number) => ({ Key, Size, ETag: '"e"', LastModified: new Date(0) })

const objects = [objectOf('www/11-21-2026/a', 200 * MiB), objectOf('www/11-21-2026/b c', 0)]

const digest = (): string =>
  digestOf(objects.map(({ Key, Size, ETag }) => ({ key: Key, sizeBytes: Size, etag: ETag.slice(1, -1) })))

const dump = {
  bucket: 'dumps',
  region: 'eu-central-1',
  prefix: 'www/11-21-2026/',
  at: '2026-11-21T00:00:00.000Z',
  writtenAt: '2026-11-21T01:00:00.000Z',
  kind: 'folder',
  objects: 2,
  bytes: 200 * MiB,
  storageClass: 'STANDARD',
  doubts: [],
  notes: [],
  entry: null,
  digest: digest(),
}

/** Works with a dump that has more objects. */
async function withObjects(more: readonly (typeof objects)[number][], work: () => Promise<void>): Promise<void> {
  objects.push(...more)
  dump.digest = digest()
  try {
    await work()
  } finally {
    objects.splice(-more.length)
    dump.digest = digest()
  }
}

type Transfer = { readonly output: string; readonly from: number | null; readonly to: number | null }

/**
 * A host that gets what `transfer` says of each part: how many bytes of it arrive, and with which status.
 */
function fetching(
  transfer: (get: Transfer, batch: number) => { bytes: number; status: string },
  free = 999_999_999_999,
  carrier = 'host',
  relay: (get: Transfer) => Promise<void> = () => Promise.resolve(),
) {
  const route: Route = { id: 'dump', legs: [{ choices: [], actions: [fetchAction] }] }
  const session = fakeSession({ route, host: { name: 'web' } })
  const at = session.at()
  session.record({ type: 'answered', at, step: 'dump', value: dump, by: 'flag' })
  session.record({ type: 'answered', at, step: 'carrier', value: carrier, by: 'flag' })
  session.record({ type: 'answered', at, step: 'place', value: '/srv/www', by: 'flag' })
  const sizes = new Map<string, number>()
  const batches: Transfer[][] = []
  const relayed: Transfer[][] = []
  const listing = { Contents: objects }
  const remote: Remote = {
    run<T>(command: Command<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        if (command.kind === 'aws') return resolve(command.parse(listing))
        const said = (stdout: string, code = 0): void => resolve(command.parse({ code, stdout, stderr: '' }))
        if (command.gets !== undefined) {
          batches.push([...command.gets])
          const lines = command.gets.map((get) => {
            const { bytes, status } = transfer(get, batches.length)
            sizes.set(get.output.split('/').at(-1) ?? '', bytes)
            return `${status} ${bytes} ${get.output}\n`
          })
          return said(lines.join(''), 22)
        }
        if (command.relays !== undefined) {
          relayed.push([...command.relays])
          Promise.all(command.relays.map(relay)).then(() => said(''), reject)
          return
        }
        if (command.line.includes('xargs'))
          return said(
            (command.stdin ?? '')
              .split('\n')
              .flatMap((name) => (sizes.has(name) ? [`${sizes.get(name)} ${name}\n`] : []))
              .join(''),
          )
        return said(command.line.includes('df ') ? ` ${free} 99999 /var\n` : '')
      })
    },
    close: () => Promise.resolve(),
  }
  Object.assign(session, { remote })
  const stood = { dir: '/var/lib/lifeboat/run' }
  const looking = contextFor(session, { step: 'fetch', attempt: 1, shown: null, ignoresStopping: false })
  const shown = new Set(fetchAction.commands(looking, stood).map(commandText))
  const run = contextFor(session, { step: 'fetch', attempt: 1, shown, ignoresStopping: false })
  return { batches, relayed, perform: () => fetchAction.perform(run, stood), survey: () => fetchAction.survey(run) }
}

const sizeOf = ({ from, to }: Transfer): number => (from === null || to === null ? 0 : to - from + 1)

describe('fetching a dump', () => {
  it('asks for each part once, and runs only the commands that it shows', async () => {
    const host = fetching((get) => ({ bytes: sizeOf(get), status: '206' }))
    await host.perform()
    expect(host.batches.map((batch) => batch.map((get) => [get.from, get.to, get.output]))).toEqual([
      [
        [0, 64 * MiB - 1, '/var/lib/lifeboat/run/00000000.000000'],
        [64 * MiB, 128 * MiB - 1, '/var/lib/lifeboat/run/00000000.000001'],
        [128 * MiB, 192 * MiB - 1, '/var/lib/lifeboat/run/00000000.000002'],
        [192 * MiB, 200 * MiB - 1, '/var/lib/lifeboat/run/00000000.000003'],
        [null, null, '/var/lib/lifeboat/run/00000001.000000'],
      ],
    ])
  })

  it('asks again for what is not whole, as after a URL that expired in the middle', async () => {
    const host = fetching((get, batch) =>
      batch === 1 && get.from === 64 * MiB ? { bytes: 7, status: '000' } : { bytes: sizeOf(get), status: '206' },
    )
    await host.perform()
    expect(host.batches[1]?.map((get) => get.output)).toEqual(['/var/lib/lifeboat/run/00000000.000001'])
  })

  it('asks once more, with other URLs, where those of all parts had expired', async () => {
    const host = fetching((get, batch) =>
      batch === 1 ? { bytes: -1, status: '403' } : { bytes: sizeOf(get), status: '206' },
    )
    expect(await host.perform()).toMatchObject({ objects: 2 })
    expect(host.batches).toHaveLength(2)
  })

  it.each([
    ['403', 's3-refused-host', /refuses its objects to web/],
    ['412', 'dump-changed', /written over while it was fetched/],
    ['404', 'dump-changed', /deleted in part while it was fetched/],
    ['000', 'fetch-failed', /web can't fetch/],
  ])('ends with its reason where S3 answers %s to all', async (status, code, message) => {
    const host = fetching(() => ({ bytes: -1, status }))
    expect(await thrownBy(host.perform())).toMatchObject({ code, message: expect.stringMatching(message) as unknown })
    expect(host.batches.length).toBeLessThan(6)
  })

  it('goes through here part by part where the host may not, and shows all that it runs', async () => {
    const host = fetching(() => ({ bytes: 0, status: '403' }), undefined, 'ssh')
    await host.perform()
    expect(host.batches).toEqual([])
    expect(host.relayed.flat().map(({ from, to }) => [from, to])).toEqual([
      ...Array.from({ length: 25 }, (_, at) => [at * 8 * MiB, (at + 1) * 8 * MiB - 1]),
      [null, null],
    ])
  })

  it('takes small objects through here many at a time', async () => {
    const small = Array.from({ length: 1200 }, (_, n) => objectOf(`www/11-21-2026/c/${n}`, 1000))
    await withObjects(small, async () => {
      const host = fetching(() => ({ bytes: 0, status: '403' }), undefined, 'ssh')
      await host.perform()
      expect(host.relayed.map((batch) => batch.length)).toEqual([...Array<number>(24).fill(1), 2, 500, 500, 200])
    })
  })

  it('goes on with other parts while one takes long on its way through here', async () => {
    const late = Promise.withResolvers<void>()
    const host = fetching(
      () => ({ bytes: 0, status: '403' }),
      undefined,
      'ssh',
      ({ from }) => (from === 0 ? late.promise : Promise.resolve()),
    )
    const performed = host.perform()
    await vi.waitFor(() => expect(host.relayed.flat()).toHaveLength(26))
    late.resolve()
    expect(await performed).toMatchObject({ objects: 2 })
  })

  it('begins no more parts when one can not be passed on', async () => {
    const lost = new Error('the connection is lost')
    const host = fetching(
      () => ({ bytes: 0, status: '403' }),
      undefined,
      'ssh',
      ({ from }) => (from === 16 * MiB ? Promise.reject(lost) : Promise.resolve()),
    )
    expect(await thrownBy(host.perform())).toBe(lost)
    const begun = host.relayed.length
    expect(begun).toBeLessThan(7)
    await new Promise((resolve) => setImmediate(resolve))
    expect(host.relayed).toHaveLength(begun)
  })

  it('is refused where the dump is not what was chosen', async () => {
    const host = fetching((get) => ({ bytes: sizeOf(get), status: '206' }))
    objects.push({ Key: 'www/11-21-2026/new', Size: 1, ETag: '"e"', LastModified: new Date(0) })
    try {
      expect(await thrownBy(host.perform())).toMatchObject({ code: 'dump-changed' })
    } finally {
      objects.pop()
    }
    expect(host.batches).toEqual([])
  })

  it('with a key that leads out of its folder is refused before anything is asked for', async () => {
    await withObjects([objectOf('www/11-21-2026/../../etc/cron.d/x', 1)], async () => {
      const host = fetching((get) => ({ bytes: sizeOf(get), status: '206' }))
      expect(await thrownBy(host.survey())).toMatchObject({
        code: 'dump-paths',
        message: "the dump can't be a folder: ../../etc/cron.d/x leads out of its folder",
      })
      expect(host.batches).toEqual([])
    })
  })

  it('for which there is no room is refused before anything is asked for', async () => {
    const host = fetching((get) => ({ bytes: sizeOf(get), status: '206' }), 1000)
    expect(await thrownBy(host.survey())).toMatchObject({
      code: 'no-room',
      message: expect.stringMatching(/has 200 MiB in 2 objects; \/var has 1000 B free/) as unknown,
      notChanged: ['nothing was fetched'],
    })
    expect(host.batches).toEqual([])
  })
})

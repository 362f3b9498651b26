// Incidents whose dump is not kept on the host, but streamed: once to check it, and once more when it is put in place.
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import type { Drilled } from '../../src/commands/drill-debrief.ts'
import { bucketOf } from '../../src/lab/scenarios/board.ts'
import { clusterDump } from '../../src/lab/scenarios/forum-dump.ts'
import { forumKey } from '../../src/lab/scenarios/forum.ts'
import type { Scenario } from '../../src/lab/scenarios/scenario.ts'
import { named, unattended } from './rehearsed.ts'

vi.setConfig({ testTimeout: 300_000 })

/** The incident with its own good choice of a dump, which is streamed; and all that was said of it. */
async function streamed(id: string, more: Partial<Scenario> = {}): Promise<{ drill: Drilled; said: string }> {
  const scenario = named(id)
  const stdout = new PassThrough()
  const said = text(stdout)
  const flags: Scenario['flags'] = (world) => ({ ...scenario.flags?.(world), fetch: 'stream' })
  const drill = await unattended({ ...scenario, flags, ...more }, stdout)
  stdout.end()
  return { drill, said: await said }
}

test.each(['dump-archive', 'dump-zfs'])(
  '%s is restored by it, and nothing of the dump is fetched beforehand',
  async (id) => {
    const { drill, said } = await streamed(id)
    expect([drill.outcome, drill.faults, drill.passed]).toEqual(['restored', [], true])
    expect(said).toContain('nothing is kept on the host')
    expect(said).not.toContain('curl -q -sS --no-progress-meter --parallel')
    expect(said).not.toContain('X-Amz-Signature')
  },
)

test('a dump of PostgreSQL is restored by it over a line that breaks in the middle of both passes', async () => {
  const { drill } = await streamed('dump-postgres', {
    during({ type }, { dropConnections }) {
      if (type === 'step-started') dropConnections()
      return undefined
    },
  })
  expect([drill.outcome, drill.faults]).toEqual(['restored', []])
})

test('an archive that was cut off is refused by the first pass, before the service is touched', async () => {
  const { drill } = await streamed('dump-archive', {
    flags: () => ({ source: 'dump', dump: 'latest', fetch: 'stream' }),
  })
  expect([drill.guards, drill.outcome]).toEqual([['dump-broken'], 'failed'])
})

test('a dump that is written over between the passes is not loaded, and the old data is back', async () => {
  const { drill, said } = await streamed('dump-postgres', {
    during({ type, step }, { cloud, world }) {
      if (type === 'step-started' && step === 'put-in-place')
        cloud.addBucket(bucketOf([{ key: forumKey(world, 1), content: { text: clusterDump(null) } }]))
      return undefined
    },
  })
  expect([drill.guards, drill.outcome]).toEqual([['not-put-in-place'], 'failed'])
  expect(said).toContain('postgres is the old data again')
})

test('what has to be a file is refused by name, before anything is changed', async () => {
  const { drill, said } = await streamed('dump-rocketchat')
  expect(drill.guards).toEqual(['cannot-stream'])
  expect(said).toContain("a dump of kind rocketchat can't be streamed: restoredb reads its archive as a file")
})

// Where there was no old data, the result names none: what it names is there.
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { named, unattended } from './rehearsed.ts'

test('a dataset that was destroyed, and is restored from its streams, leaves nothing set aside', async () => {
  const stdout = new PassThrough()
  const lines = text(stdout)
  await unattended(named('dump-zfs'), stdout)
  stdout.end()
  const events = (await lines).split('\n').flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]))
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'run-finished', outcome: 'restored', resources: [], next: [] }),
  )
}, 120_000)

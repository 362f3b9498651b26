// Where there was no old data, the result names none: what it names is there.
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rehearse } from '../../src/commands/drill.ts'
import type { Surroundings } from '../../src/commands/options.ts'
import { temporaryFolder } from './host/temporary-folder.ts'
import { named } from './rehearsed.ts'

test('a dataset that was destroyed, and is restored from its streams, leaves nothing set aside', async () => {
  const folder = await temporaryFolder()
  const stdout = new PassThrough()
  const lines = text(stdout)
  await rehearse(
    { scenario: named('dump-zfs'), hints: 0, isAttended: false },
    {
      host: 'simulated',
      delays: 'none',
      seed: '1',
      unattended: true,
      json: true,
      stateDir: join(folder, 'state'),
      cacheDir: join(folder, 'cache'),
    },
    {
      env: { PATH: process.env['PATH'], HOME: folder },
      stdin: new PassThrough() as unknown as Surroundings['stdin'],
      stdout: stdout as unknown as Surroundings['stdout'],
      stderr: new PassThrough().resume() as unknown as Surroundings['stderr'],
      onSignal: () => () => undefined,
      lend: (work) => work(),
    },
  )
  stdout.end()
  const events = (await lines).split('\n').flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]))
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'run-finished', outcome: 'restored', resources: [], next: [] }),
  )
}, 120_000)

import { expect, it } from 'vitest'
import { contextFor } from '../../src/run/context.ts'
import { importRefusal } from '../../src/steps/import-errors.ts'
import { Refused, RemoteCommandError } from '../../src/text/errors.ts'
import { fakeSession } from '../run/fake-session.ts'

const run = contextFor(fakeSession(), { step: 'inspect-pool', attempt: 1, shown: null, ignoresStopping: false })

const wanted = { pool: 'tank', guid: '4711', node: '/dev/vdb1' }

const failed = (stderrTail: string): RemoteCommandError =>
  new RemoteCommandError({
    host: 'web',
    command: 'zpool import',
    exitCode: 1,
    signal: null,
    stderrTail,
    timedOut: false,
  })

// As libzfs 2.1 prints them.
const printed: [string, string, RegExp][] = [
  [
    "cannot import 'tank': pool was previously in use from another system.\nLast accessed by irc-1 (hostid=7f4a6c02) at Sun Nov 22 06:42:30 2026\nThe pool can be imported, use 'zpool import -f' to import the pool.\n",
    'pool-in-use',
    /may be in use by another host/,
  ],
  [
    "cannot import 'tank': pool is imported on irc-2 (hostid: 0x7f4a6c02)\nExport the pool on the other system, then run 'zpool import'.\n",
    'pool-in-use',
    /may be in use by another host/,
  ],
  [
    "cannot import 'tank': one or more devices is currently unavailable\n",
    'devices-missing',
    /needs a device that is not on this volume/,
  ],
  ["cannot import 'tank': invalid vdev configuration\n", 'devices-missing', /the disk is shorter than the pool's/],
  [
    "cannot import 'tank': I/O error\n\tDestroy and re-create the pool from\n\ta backup source.\n",
    'pool-damaged',
    /damaged \(I\/O error\)/,
  ],
  ["cannot import '4711': no such pool available\n", 'pool-not-found', /is not found on this disk/],
  [
    "cannot import 'tank': unsupported version or feature\nThis pool uses the following feature(s) not supported by this system:\n\torg.example:newer (a newer one)\n\torg.example:other\n",
    'features-unsupported',
    /: org\.example:newer, org\.example:other$/,
  ],
]

it.each(printed)('%s is said in words, and what gives data up is only ever a dry run', (stderr, code, words) => {
  const refused = importRefusal(run, wanted, failed(stderr))
  expect(refused).toBeInstanceOf(Refused)
  expect(refused).toMatchObject({ code, message: expect.stringMatching(words) as unknown })
  const commands = refused instanceof Refused ? refused.next.map(({ command }) => command) : []
  expect(commands.filter((line) => /zpool import .*-F/.test(line) && !/ -Fn .*readonly=on/.test(line))).toEqual([])
  expect(commands).toContainEqual(expect.stringMatching(/^lifeboat undo /))
})

it('what ZFS says otherwise is shown as it said it', () => {
  const other = failed("cannot import 'tank': out of memory\n")
  expect(importRefusal(run, wanted, other)).toBe(other)
})

import { untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'
import type { World } from '../host/manifest.ts'

/** Of the two snapshots whose names begin with 02.00 the newer one, which is the first by name. */
const before = (world: World) => world.hourlies.at(-1)

/** The clocks of Europe/Berlin went back from 03:00 to 02:00 at 01:00 UTC. */
export const dst: Scenario = {
  id: 'dst',
  title: 'a deploy has emptied the records in the hour that the clocks show twice',
  brief: [
    'PAGE irc-1: the chat server answers, and has lost its history.',
    'It is 26 October 2025, 02:48 in Europe/Berlin, for the second time: at 03:00 the clocks were set back to 02:00.',
    'Ten minutes ago, at the second 02:38, a deploy ran a clean-up script on /tank/chat. The pool is healthy.',
    'Roll /tank/chat back, with as little loss as there has to be. Leave alone what other people wrote.',
  ],
  hints: [
    "zfsnap's names carry the local time without its zone: two snapshots of this night are called 02.00.",
    'The second 02:38 is 2025-10-26T02:38+01:00, or 01:38 UTC. The first one was an hour earlier.',
    'The order is in the time at which ZFS made them, not in the names; a rollback to the older one destroys the newer one.',
  ],
  objectives: { rto: 15, dataLoss: 60 },
  begins: 'pool-in-use',
  time: { begins: '2025-10-26T01:48:30Z', timeZone: 'Europe/Berlin', roundsNames: false },
  async prepare({ ssh }) {
    await ssh("sed -i 's/zfSnap -z/zfSnap/; s/ -z names them on the full minute.//' /etc/cron.d/zfsnap")
    await ssh("printf '%s\\n' '2001-01-01T00:00:00Z deploy cleaned up' > /tank/chat/messages.log")
    await ssh('systemctl restart chat.service')
  },
  flags: () => ({ source: 'local', at: '2025-10-26T02:38:00+01:00', way: 'rollback', dataset: ['tank/chat'] }),
  goodEnd: { kind: 'restored' },
  judge(after, world) {
    const good = before(world)
    const older = world.hourlies.slice(0, -1).find((each) => each.messagesSha256 === after.messagesSha256)
    return [
      ...untidy(after),
      ...(older === undefined
        ? []
        : [`the records are of ${older.at}, and are too old: those of ${good?.at} were there`]),
      ...(older !== undefined || after.messagesSha256 === good?.messagesSha256
        ? []
        : [`the records are not those of ${good?.snapshot}`]),
      ...(after.snapshots.includes(`tank/chat@${good?.snapshot}`) ? [] : [`tank/chat@${good?.snapshot} is gone`]),
      ...(after.notesSha256 === null ? ["alice's notes are gone"] : []),
    ]
  },
  moral:
    'Local time is no order: in the night the clocks go back, an hour comes twice and its names sort at random. Give a moment with its offset, and go by when ZFS made a snapshot.',
}

import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const rebuiltHost: Scenario = {
  id: 'rebuilt-host',
  title: 'the host was rebuilt: a new host key, other users, and data below the mountpoint already',
  brief: [
    'PAGE irc-1: chat.service does not start, and its disk is gone.',
    'The machine was rebuilt an hour ago. ssh warns of another host key, bob has another uid, alice has no account.',
    'A first start without the volume has left files in /tank, on the root disk.',
    'Bring the chat server back.',
  ],
  hints: [
    'A changed host key is an attack, or a rebuilt host. Its own console shows which.',
    'Files keep the number of their owner. Who has that number on the new host is another question.',
    'What lies below a mountpoint is hidden by the mount, and not gone.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  async prepare({ mistakeHostKey, ssh }) {
    await ssh("sed -i -e '/^alice:/d' -e 's/^bob:x:1003:1003:/bob:x:1013:1013:/' /etc/passwd")
    await ssh("sed -i -e '/^alice:/d' -e 's/^bob:x:1003:/bob:x:1013:/' /etc/group")
    await ssh(
      "mkdir -p /tank/chat && printf '%s\\n' '2001-01-01T00:00:00Z nobody first start' > /tank/chat/messages.log",
    )
    await mistakeHostKey()
  },
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [...untidy(after), ...notAsInHead(after, world, newestIn(world))],
  moral: 'Before data goes onto a machine, know that it is the machine: its console says which host key is its own.',
}

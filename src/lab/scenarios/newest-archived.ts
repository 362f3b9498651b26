import { notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const newestArchived: Scenario = {
  id: 'newest-archived',
  title: 'the volume is lost, and somebody has archived the newest EBS snapshot',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'To save money a colleague has moved EBS snapshots to the archive tier yesterday, the newest among them.',
    'Bring the chat server back today. The archive takes up to three days.',
  ],
  hints: [
    'An archived snapshot can be had back, in 24 to 72 hours. Is that soon enough?',
    'The snapshot of the evening before is complete and in the standard tier.',
  ],
  objectives: { rto: 30, dataLoss: 48 * 60 },
  begins: 'volume-lost',
  cloud: (begin, world) => ({
    ...begin,
    snapshots: begin.snapshots.map((each) =>
      each.snapshotId === world.snapshots.at(-1)?.snapshotId ? { ...each, storageTier: 'archive' as const } : each,
    ),
  }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [...untidy(after), ...notAsInHead(after, world, world.snapshots.at(-2)?.snapshotId ?? '')],
  moral:
    'What is archived is not a backup for tonight: a snapshot that is a day older and there at once brings the service back.',
}

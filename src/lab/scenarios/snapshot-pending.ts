import { notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const snapshotPending: Scenario = {
  id: 'snapshot-pending',
  title: 'the volume is lost while its newest EBS snapshot is still being made',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'The newest EBS snapshot is "pending", and has been for hours: the volume was deleted under it.',
    'Bring the chat server back.',
  ],
  hints: [
    'A volume can only be made from a snapshot that is completed.',
    'Every EBS snapshot stands for itself: the one before does not need the one that is stuck.',
  ],
  objectives: { rto: 30, dataLoss: 48 * 60 },
  begins: 'volume-lost',
  cloud: (begin, world) => ({
    ...begin,
    snapshots: begin.snapshots.map((each) =>
      each.snapshotId === world.snapshots.at(-1)?.snapshotId ? { ...each, state: 'pending' as const } : each,
    ),
  }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [...untidy(after), ...notAsInHead(after, world, world.snapshots.at(-2)?.snapshotId ?? '')],
  moral: 'Pending may mean never. The snapshot of the evening before is complete, and says so.',
}

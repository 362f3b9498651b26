import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const volumeDeleted: Scenario = {
  id: 'volume-deleted',
  title: 'the data volume was deleted; there are nightly EBS snapshots',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'Somebody has cleaned up "unused" volumes. One of them was the chat server\'s data.',
    'DLM makes an EBS snapshot of it every night at 23:45; zfsnap makes hourly snapshots inside the pool.',
    'Bring the chat server back, with as little loss as there has to be.',
  ],
  hints: [
    'The newest complete EBS snapshot has the newest data that there is.',
    'Inside it are hourly snapshots, but all of them are older than its head: the head was written until 23:45.',
    'Nothing was wrong with the data itself, so there is nothing to roll back: keep the head.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [...untidy(after), ...notAsInHead(after, world, newestIn(world))],
  moral:
    'A lost volume is no reason to roll back: the head of the newest EBS snapshot is newer than any snapshot inside it.',
}

import { newestIn, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const crashLooping: Scenario = {
  id: 'crash-looping',
  title: 'the head of the newest EBS snapshot crashes the service as soon as it is up',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'Before it was lost the server had crashed again and again since 23:10: a record that is no text.',
    'Bring the chat server back, up and staying up.',
  ],
  hints: [
    'A service that is active just now may have been started a second ago. Is it the same process a while later?',
    'The damaged record was written after the last full hour before 23:45: the hourly snapshot does not have it.',
  ],
  objectives: { rto: 30, dataLoss: 25 * 60 },
  begins: 'volume-lost',
  onlySimulated: true,
  prepare: ({ changeSnapshot, world }) =>
    changeSnapshot(newestIn(world), "printf '\\000\\000\\000 2001-01-01T00:00:00Z\\n' >> /tank/chat/messages.log"),
  flags: () => ({ at: 'latest', way: 'rollback', dataset: ['tank/chat'] }),
  goodEnd: { kind: 'restored' },
  judge(after, world) {
    const evening = world.snapshots.at(-1)?.startedAt ?? ''
    const last = world.hourlies.findLast((each) => each.at <= evening)
    return [
      ...untidy(after),
      ...(after.messagesSha256 === last?.messagesSha256 ? [] : [`the records are not those of ${last?.snapshot}`]),
    ]
  },
  moral: 'Active is not up: only a process that is the same one a while later proves that a service runs on its data.',
}

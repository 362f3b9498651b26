import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const tooOld: Scenario = {
  id: 'too-old',
  title: 'a note recommends an old EBS snapshot; a newer one is as good',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'A note in the ticket: "we once restored the snapshot of three nights ago, that one certainly works".',
    'Bring the chat server back, with as little loss as there has to be.',
  ],
  hints: [
    'Everything that was proven on an old snapshot is as green as on a new one: services start on old data, too.',
    'Compare the time of the snapshot with the time of the incident before you choose.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  goodEnd: { kind: 'restored' },
  judge(after, world) {
    const wrong = notAsInHead(after, world, newestIn(world))
    const older = world.snapshots.slice(0, -1).find((each) => each.head.messagesSha256 === after.messagesSha256)
    return [
      ...untidy(after),
      ...wrong,
      ...(older === undefined ? [] : [`the data is of ${older.startedAt}, and is too old: newer was there`]),
    ]
  },
  moral: 'Restored is not enough: ask how old. A service that starts proves nothing about the days that are missing.',
}

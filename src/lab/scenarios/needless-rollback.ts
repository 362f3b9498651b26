import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const needlessRollback: Scenario = {
  id: 'needless-rollback',
  title: 'the runbook says to roll back after every restore; the head is good',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'The runbook, last changed in 2019, says: "restore the EBS snapshot, then roll all datasets back to the last hourly".',
    'Is that right? The last hourly before 23:45 is of 23:00.',
  ],
  hints: [
    'What would the rollback take away? The screen of the moment says what was written since.',
    'ZFS comes back from a power cut by itself. The head of the EBS snapshot is whole.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  goodEnd: { kind: 'restored' },
  judge: (after, world) => {
    const wrong = notAsInHead(after, world, newestIn(world))
    return [
      ...untidy(after),
      ...(wrong.length === 0
        ? []
        : [...wrong, 'a rollback has thrown away 45 minutes that the EBS snapshot still had']),
    ]
  },
  moral: 'Roll back only what is known to be wrong. After a lost volume the head is the best there is.',
}

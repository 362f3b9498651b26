import type { Scenario } from './scenario.ts'

export const keyDenied: Scenario = {
  id: 'key-denied',
  title: 'the EBS snapshots are encrypted with a key that this identity may not use',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'The snapshots were encrypted with a new KMS key last month. Nobody has tried a restore since.',
    'Find out what is missing, and leave nothing behind that costs money.',
  ],
  hints: [
    'AWS accepts CreateVolume, and the volume vanishes again: the reason stands nowhere in the answer.',
    'The identity lacks a grant on the key. Somebody who manages the key has to give it.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  cloud: (begin) => ({ ...begin, snapshots: begin.snapshots.map((each) => ({ ...each, kms: 'denied' as const })) }),
  goodEnd: { kind: 'refused', code: 'volume-vanished' },
  judge: (after) => after.volumes.map(({ volumeId }) => `${volumeId} is left, and costs money`),
  moral:
    'A backup that is encrypted is as good as the key: the identity that restores needs a grant on it, and a drill finds that out.',
}

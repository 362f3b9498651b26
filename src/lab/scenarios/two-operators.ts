import type { Scenario } from './scenario.ts'

const lock = '/run/lifeboat/lock'

export const twoOperators: Scenario = {
  id: 'two-operators',
  title: 'somebody else is restoring the same host already',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'The page went to two people. You do not know whether the other one is awake.',
    'Bring the chat server back, or find out why you should not.',
  ],
  hints: [
    'The host knows who is at work on it, and since when.',
    'Two restores at once end with two volumes and one wrong pool. Talk to each other first.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  async prepare({ ssh }) {
    await ssh(
      `mkdir -p ${lock} && chmod 700 /run/lifeboat && printf '%s\\n' 20260101-000000-abcd carol@desk-7 "$(date -u +%FT%TZ)" > ${lock}/who`,
    )
  },
  looks: { holder: `head -n 2 ${lock}/who` },
  goodEnd: { kind: 'refused', code: 'host-locked' },
  judge: (after) => [
    ...after.volumes.map(({ volumeId }) => `${volumeId} is left, and costs money`),
    ...(after.seen['holder'] === '20260101-000000-abcd\ncarol@desk-7' ? [] : ["carol's lock was taken from her"]),
  ],
  moral: 'A refusal that names who is at work is a good end: take over only what its owner has let go of.',
}

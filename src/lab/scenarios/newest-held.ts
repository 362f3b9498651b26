import { untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

const tag = 'lawyers'

export const newestHeld: Scenario = {
  id: 'newest-held',
  title: 'the damage is older than the newest snapshot, which somebody holds: no rollback past it',
  brief: [
    'PAGE irc-1: the chat server answers, and has lost its history. The pool is healthy.',
    'The clean-up script ran before the last full hour: the newest hourly snapshot has the damage in it already.',
    'Legal holds that snapshot as evidence. It has to stay.',
    'Bring the records back.',
  ],
  hints: [
    'Look at the hour before: is the damage in it?',
    'A rollback destroys every snapshot that is newer. ZFS destroys none that is held.',
    'A clone of the older snapshot, in the place of the dataset, needs nothing destroyed.',
  ],
  objectives: { rto: 15, dataLoss: 180 },
  begins: 'pool-in-use',
  async prepare({ ssh, world }) {
    const newest = world.hourlies.at(-1)?.snapshot ?? ''
    await ssh("printf '%s\\n' '2001-01-01T00:00:00Z deploy cleaned up' > /tank/chat/messages.log")
    await ssh(`zfs destroy -r tank@${newest} && zfs snapshot -r tank@${newest} && zfs hold -r ${tag} tank@${newest}`)
    await ssh('systemctl restart chat.service')
  },
  flags: (world) => ({
    source: 'local',
    at: world.hourlies.at(-2)?.snapshot ?? '',
    way: 'clone',
    dataset: ['tank/chat'],
  }),
  goodEnd: { kind: 'restored' },
  judge(after, world) {
    const newest = world.hourlies.at(-1)?.snapshot ?? ''
    const isTheirs = (name: string): boolean => name.endsWith(`@${newest}`)
    return [
      ...untidy({ ...after, holds: after.holds.filter((each) => !isTheirs(each)) }),
      ...(after.holds.some(isTheirs) ? [] : [`${newest} is not held any more, and was evidence`]),
      ...(after.messagesSha256 === world.hourlies.at(-2)?.messagesSha256
        ? []
        : [`the records are not those of ${world.hourlies.at(-2)?.snapshot}`]),
    ]
  },
  moral: 'A hold is there so that nobody destroys the snapshot, you included. A clone goes around it.',
}

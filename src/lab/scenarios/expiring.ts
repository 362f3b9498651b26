import { untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'
import type { World } from '../host/manifest.ts'

const chosen = (world: World) => world.hourlies.at(-2)
/** Kept for an hour only: its time is over. */
const shortLived = (world: World): string => (chosen(world)?.snapshot ?? '').replace(/--1w$/, '--1h')

export const expiring: Scenario = {
  id: 'expiring',
  title: 'the one good snapshot has outlived its time, and zfsnap comes to clear up in the middle',
  brief: [
    'PAGE irc-1: the chat server answers, and has lost its history. The pool is healthy.',
    'The last good snapshot is of the hour before last. It was made to be kept for one hour: its name ends in --1h.',
    'zfSnap -d clears up what is past its time, and may run at any moment.',
    'Bring the records back before they are gone.',
  ],
  hints: [
    'The time to live stands in the name, after the two dashes.',
    "A snapshot that is held can't be destroyed. Lifeboat holds what was chosen, before it does anything with it.",
  ],
  objectives: { rto: 15, dataLoss: 180 },
  begins: 'pool-in-use',
  async prepare({ ssh, world }) {
    const newest = world.hourlies.at(-1)?.snapshot ?? ''
    await ssh("printf '%s\\n' '2001-01-01T00:00:00Z deploy cleaned up' > /tank/chat/messages.log")
    await ssh(`zfs destroy -r tank@${newest} && zfs snapshot -r tank@${newest}`)
    await ssh(`zfs rename -r tank@${chosen(world)?.snapshot} tank@${shortLived(world)}`)
    await ssh('systemctl restart chat.service')
  },
  during: ({ type, step }, { ssh }) =>
    type === 'step-finished' && step === 'hold' ? ssh('zfSnap -d; true').then(() => undefined) : undefined,
  flags: (world) => ({ source: 'local', at: shortLived(world), way: 'clone', dataset: ['tank/chat'] }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...(after.messagesSha256 === chosen(world)?.messagesSha256
      ? []
      : [`the records are not those of ${shortLived(world)}`]),
  ],
  moral: 'What expires is held first: a snapshot may be gone between the choice and the restore.',
}

import { untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'
import type { World } from '../host/manifest.ts'

/** The newest hourly snapshot that is older than the deploy. */
const before = (world: World) => world.hourlies.at(-1)

export const badDeploy: Scenario = {
  id: 'bad-deploy',
  title: 'a deploy has emptied the records; the pool is healthy and has hourly snapshots',
  brief: [
    'PAGE irc-1: the chat server answers, and has lost its history.',
    'Ten minutes ago a deploy ran a clean-up script on /tank/chat. The pool is healthy; everybody else works on.',
    'Bring the records back. Leave alone what other people wrote today.',
  ],
  hints: [
    'The data is still on this host: zfsnap makes a snapshot at every full hour.',
    'Only one dataset is damaged. What is rolled back loses everything that was written since, in all that is chosen.',
    'A clone beside it, in its place, destroys nothing at all.',
  ],
  objectives: { rto: 15, dataLoss: 60 },
  begins: 'pool-in-use',
  async prepare(stage) {
    await stage.ssh("printf '%s\\n' '2001-01-01T00:00:00Z deploy cleaned up' > /tank/chat/messages.log")
    await stage.ssh('systemctl restart chat.service')
  },
  flags: (world) => ({
    source: 'local',
    at: before(world)?.snapshot ?? 'latest',
    way: 'clone',
    dataset: ['tank/chat'],
  }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...(after.messagesSha256 === before(world)?.messagesSha256
      ? []
      : [`the records are not those of ${before(world)?.snapshot}`]),
    ...(after.notesSha256 === null ? ["alice's notes are gone"] : []),
  ],
  moral:
    'The nearest backup is the best one: a snapshot in the same pool is an hour old and needs no volume. Choose only the dataset that is damaged, and prefer a clone: it destroys nothing.',
}

import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const awsThrottled: Scenario = {
  id: 'aws-throttled',
  title: 'the volume is lost, and AWS answers every third request with an error',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'It is a bad day for the region: EC2 throttles, answers with errors, and loses answers on the way.',
    'Bring the chat server back, and pay for one new volume only.',
  ],
  hints: ['Wait for what is being tried again: the same request with the same token makes no second volume.'],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  prepare({ cloud, seed }) {
    cloud.faults.load({ seeded: { seed: seed + 2, rate: 1 / 3 } })
    return Promise.resolve()
  },
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...notAsInHead(after, world, newestIn(world)),
    ...(after.volumes.length === 1 ? [] : [`there are ${after.volumes.length} volumes, and one is needed`]),
  ],
  moral: 'Whether an answer was lost or a request, nobody can know: only a token makes asking again harmless.',
}

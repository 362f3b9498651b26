import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const sshDrops: Scenario = {
  id: 'ssh-drops',
  title: 'the volume is lost, and the line to the host breaks every minute',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'You are on a train. The connection to the host ends every so often, in the middle of anything.',
    'Bring the chat server back.',
  ],
  hints: [
    'A command whose answer was lost may have been carried out: look before you do it again.',
    'What Lifeboat has done is found again, and only what is missing is done. Let it try.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  onlySimulated: true,
  during({ type }, { dropConnections }) {
    if (type === 'step-started') dropConnections()
    return undefined
  },
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...notAsInHead(after, world, newestIn(world)),
    ...(after.volumes.length === 1 ? [] : [`there are ${after.volumes.length} volumes, and one is needed`]),
  ],
  moral: 'A lost line is no lost restore: every step can be found again, and none is done twice.',
}

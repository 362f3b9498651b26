import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

export const originalImported: Scenario = {
  id: 'original-imported',
  title: 'the damaged pool is still imported, and its copy has the same name and GUID',
  brief: [
    'PAGE irc-1: the chat server answers, and has lost its history.',
    'Somebody has emptied the records, and destroyed every snapshot in the pool to make room. The volume is still attached.',
    "Last night's EBS snapshot is good. Bring the server back from it, and keep the damaged volume for the inquest.",
  ],
  hints: [
    "Two pools of one GUID can't be imported side by side: the damaged one has to be let go of first.",
    'Letting go is not deleting: an exported pool on a detached volume is as it was.',
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'pool-in-use',
  async prepare({ ssh }) {
    await ssh("printf '%s\\n' '2001-01-01T00:00:00Z root made room' > /tank/chat/messages.log")
    await ssh('zfs list -H -o name -t snapshot -r tank | xargs -r -n 1 zfs destroy')
    await ssh('systemctl restart chat.service')
  },
  flags: () => ({ source: 'ebs', snapshot: 'latest' }),
  goodEnd: { kind: 'restored' },
  judge(after, world) {
    const original = after.volumes.find((each) => each.volumeId === world.originalVolumeId)
    return [
      ...untidy(after),
      ...notAsInHead(after, world, newestIn(world)),
      ...(original === undefined ? [`${world.originalVolumeId} is gone, and was to be kept`] : []),
    ]
  },
  moral: 'Copies of a pool look alike. Which one is imported is known by the disk that it is on, and by nothing else.',
}

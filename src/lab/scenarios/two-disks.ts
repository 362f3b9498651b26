import { newestIn, notAsInHead, untidy } from './aftermath.ts'
import type { Scenario } from './scenario.ts'

const left = ['vol-0dead00000000beef', 'vol-0cafe00000000f00d'] as const

export const twoDisks: Scenario = {
  id: 'two-disks',
  title: 'two disks of an earlier attempt are attached, and bear the same pool: neither is the right one',
  brief: [
    'PAGE irc-1: chat.service has failed, and its disk is gone.',
    'A colleague began before you, attached two volumes from old EBS snapshots, and went to bed. Nothing says which is which.',
    'Bring the chat server back, as it was last night. Leave what is not yours as it is.',
  ],
  hints: [
    "The pool's name and GUID are the same on all three disks: they say nothing.",
    "The serial of an EBS disk is its volume's id, whatever the kernel calls the disk.",
  ],
  objectives: { rto: 30, dataLoss: 24 * 60 },
  begins: 'volume-lost',
  onlySimulated: true,
  cloud: (begin, world) => ({
    ...begin,
    volumes: [
      ...begin.volumes,
      ...left.map((volumeId, at) => ({
        volumeId,
        availabilityZone: world.availabilityZone,
        sizeGiB: world.sizeGiB,
        volumeType: 'gp3',
        createdAt: world.incidentAt,
        snapshotId: world.snapshots[at]?.snapshotId ?? null,
        tags: {},
        imagePath: null,
        attached: { instanceId: world.instanceId, device: `/dev/sd${'gh'.charAt(at)}` },
      })),
    ],
  }),
  async prepare({ plugCopy, world }) {
    for (const [at, volumeId] of left.entries()) await plugCopy(world.snapshots[at]?.snapshotId ?? '', volumeId)
  },
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...notAsInHead(after, world, newestIn(world)),
    ...left
      .filter((volumeId) => !after.volumes.some((each) => each.volumeId === volumeId && each.state === 'in-use'))
      .map((volumeId) => `${volumeId} is not as it was found, and is not ours`),
  ],
  moral: "Know a disk by the volume's id, and import by GUID from that one disk: a scan would take any of the three.",
}

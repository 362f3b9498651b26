import { badDeploy } from '../../lab/scenarios/bad-deploy.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Lesson } from '../lesson.ts'
import { ordinaryDay, whileOthersWork } from '../worlds.ts'

/** The snapshot of three hours ago, by the lab's own calendar. */
const thirdNewest = (lab: Lab): string => `tank/chat@${lab.stage.world.hourlies.at(-3)?.snapshot ?? ''}`

export const rollbackOrClone: Lesson = {
  id: 'rollback-or-clone',
  title: 'what a rollback destroys',
  minutes: 8,
  pages: [
    {
      title: 'Back, or beside',
      text: `
  before    @19:00 --- @20:00 --- @21:00 --- head

  rollback  @19:00
  to 19:00  \`- head; all the rest is gone

  clone of  @19:00 --- @20:00 --- @21:00 --- head
  19:00     \`- clone: a second dataset, writable

A rollback makes the head what the snapshot was. Everything written since is destroyed, and so is every newer snapshot of that dataset: also the one you will wish to have back when 19:00 turns out to be wrong.

A clone is a new dataset that begins as the snapshot. It is there at once and takes no space until it is written to. Nothing is destroyed.`,
    },
    {
      title: 'What else there is to know of a rollback',
      text: `
- It is for one dataset. Those below it stay as they are: a tree needs one rollback for each.
- "zfs rollback" goes to the newest snapshot only. "-r" destroys the newer ones on the way, one by one. If one of them is held, the others are gone and nothing has been rolled back. There is no dry run.
- A snapshot that is held, or has a clone, can't be destroyed. That is what Lifeboat looks for in the whole tree before it begins: it changes everything or nothing.
- Under a running service a rollback succeeds silently, and the service writes its old state over it. Services are stopped first.

To put a clone in the old one's place: make it, "promote" it so that it no longer depends on the old one, swap the names. Lifeboat does that, and leaves the old dataset beside it, unmounted.`,
    },
  ],
  looks: {
    scenario: ordinaryDay,
    looks: [
      {
        title: 'Three hours back, please',
        text: 'A plain rollback, without any option, to a snapshot that is not the newest.',
        command: (lab) => `zfs rollback ${thirdNewest(lab)}`,
        seen: 'ZFS refuses, and names what would be destroyed. The option that it offers, -r, is the one that destroys it.',
      },
      {
        title: 'What would it cost?',
        text: 'How much was written to this dataset since that moment.',
        command: (lab) => `zfs get written@${thirdNewest(lab).split('@')[1]} tank/chat`,
        seen: 'That much is lost by a rollback to it. Lifeboat shows it for every moment that you can choose.',
      },
      {
        title: 'A clone instead',
        text: 'A dataset beside it, made of the same snapshot.',
        command: (lab) => `zfs clone ${thirdNewest(lab)} tank/then\n    zfs list -o name,used,origin tank/then`,
        seen: 'It uses no space, and depends on its origin, the snapshot.',
      },
      {
        title: 'Both at once',
        text: 'The newest line of then, and the newest line of now.',
        command: () => 'tail -q -n 1 /tank/then/messages.log /tank/chat/messages.log',
        seen: 'Two moments side by side, each with its newest record: you can compare, copy single files, or put the clone in the place of the other.',
      },
      {
        title: 'A snapshot that cannot be destroyed',
        text: 'A hold, and an attempt to destroy what is held.',
        command: (lab) => {
          const held = `tank/chat@${lab.stage.world.hourlies.at(-1)?.snapshot ?? ''}`
          return `zfs hold lesson ${held}\n    zfs destroy ${held}\n    zfs release lesson ${held}`
        },
        seen: 'While it is held nothing destroys it, not even zfsnap when its week is over. A hold that is forgotten fills the pool: the last line releases it.',
      },
      {
        title: 'Away with it',
        text: 'A clone that nobody needs any more.',
        command: () => 'zfs destroy tank/then\n    zfs list -o name -r tank',
        seen: 'It is gone, and tank/chat was never touched.',
      },
    ],
    judge: (lab, after) =>
      Promise.resolve([
        ...after.holds.map((each) => `${each} is still held`),
        ...(lab.stage.world.hourlies.every(({ snapshot }) => after.snapshots.includes(`tank/chat@${snapshot}`))
          ? []
          : ['snapshots of tank/chat are gone']),
      ]),
    good: 'All snapshots are still there, nothing is held, and the chat server has not noticed anything.',
  },
  tasks: [
    {
      title: 'A bad deploy',
      text: 'Now in earnest. Bring the records back without destroying anything at all: with a clone, of the one dataset that is damaged.',
      scenario: whileOthersWork(badDeploy),
      dataset: 'tank/chat',
      judge: ({ destroyed }) =>
        destroyed.length === 0
          ? []
          : [`a rollback has destroyed ${destroyed.slice(0, 3).join(', ')}: a clone would have destroyed nothing`],
    },
  ],
  questions: [
    {
      text: 'You rolled tank/chat back to 19:00, and now see that 20:00 would have been right. What can you do?',
      answers: [
        {
          text: 'roll forward to 20:00',
          isRight: false,
          because: 'There is no forward: the rollback has destroyed the snapshot of 20:00.',
        },
        {
          text: 'in this pool nothing: 20:00 is destroyed; only an EBS snapshot may have it',
          isRight: true,
          because:
            'Newer snapshots go with a rollback. That is why a clone is the better first choice where there is doubt.',
        },
      ],
    },
    {
      text: 'You roll back tank/home. What becomes of tank/home/alice, a dataset below it?',
      answers: [
        {
          text: 'it stays as it is: each dataset is rolled back by itself',
          isRight: true,
          because:
            'Datasets are file systems of their own. A tree takes one rollback each, and Lifeboat does all of them or none.',
        },
        {
          text: 'it goes back too, it is inside',
          isRight: false,
          because: 'It is mounted inside, but is a file system of its own with snapshots of its own.',
        },
      ],
    },
    {
      text: 'Why does a new clone use no space?',
      answers: [
        {
          text: 'it is compressed',
          isRight: false,
          because: 'Compression has nothing to do with it: the clone shares the blocks of its snapshot.',
        },
        {
          text: 'it shares all blocks with its snapshot until something is written',
          isRight: true,
          because:
            'Only what is changed later takes space. That is also why its snapshot cannot be destroyed while the clone hangs on it.',
        },
      ],
    },
  ],
}

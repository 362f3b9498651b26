import type { Lesson } from '../lesson.ts'
import { newestTooNew } from '../worlds.ts'

export const pointInTime: Lesson = {
  id: 'point-in-time',
  title: 'choosing the right point in time',
  minutes: 7,
  pages: [
    {
      title: 'Lost, or wrong?',
      text: `
Before you choose a moment, ask one question: was the disk lost, or was the data made wrong?

- Lost (volume deleted, zone down): nothing was wrong with the data. You want the newest there is. That is the head of the newest EBS snapshot.
- Wrong (a bad deploy, a deleted folder, ransomware): the newest data is the wrong one. You want the newest moment from before the mistake, and only for what was damaged.

A rollback without need throws good data away:

  22:00    23:00        23:45           03:00
  ---|-------|------------|---------------X
   zfsnap  zfsnap    EBS snapshot    volume lost
             |<---------->| lost by a rollback to 23:00`,
    },
    {
      title: 'After a mistake',
      text: `
  19:00     20:00     20:25       21:00     now
  --|---------|---------X-----------|---------|
   zfsnap    zfsnap   mistake     zfsnap     head
             ^ this one           ^ not this one: too new

The newest snapshot may hold the mistake already. A snapshot is not good because it is a snapshot: it holds whatever was there.

How to find the moment: look at the files in it. ZFS snapshots can be read without changing anything. In the wizard, f shows the files of a moment; there, Enter opens one, and d compares them with now.

t shows its datasets. "written since" tells what each choice costs: so much data was written after that moment, and would be lost.`,
    },
  ],
  tasks: [
    {
      title: 'Emptied by mistake',
      text: 'The data is wrong, not lost: the source is on this very host. Take clones, which destroy nothing; the next lesson says why. Look into the files of a moment (f, then Enter) before you choose it.',
      scenario: newestTooNew,
      dataset: 'tank/chat',
    },
  ],
  questions: [
    {
      text: 'The volume was deleted at 03:00. The newest EBS snapshot is of 23:45, with a zfsnap snapshot of 23:00 inside. Which data do you take?',
      answers: [
        {
          text: 'the zfsnap snapshot of 23:00: it was made on purpose',
          isRight: false,
          because:
            'The head is whole too: ZFS is always consistent on disk. Going back to 23:00 throws away 45 minutes for nothing.',
        },
        {
          text: 'the head, of 23:45: nothing was wrong with the data',
          isRight: true,
          because:
            'The head is the newest there is, and it is whole. Head first: roll back only what is known to be wrong.',
        },
      ],
    },
    {
      text: 'A file was damaged at 20:25. There are snapshots of 20:00 and of 21:00. Which one?',
      answers: [
        {
          text: '21:00, the newest',
          isRight: false,
          because: 'It was made after the mistake: it holds the damaged file.',
        },
        {
          text: '20:00, the newest from before the mistake',
          isRight: true,
          because: 'The newest good one. What was written between 20:00 and 20:25 in that dataset is the price.',
        },
        {
          text: 'the EBS snapshot of last night',
          isRight: false,
          because:
            'It has a good file too, but an older one, and it takes a new volume to get at it. The nearest backup is the best.',
        },
      ],
    },
  ],
}

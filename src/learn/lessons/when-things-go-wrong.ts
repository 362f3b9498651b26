import { keyDenied } from '../../lab/scenarios/key-denied.ts'
import { newestArchived } from '../../lab/scenarios/newest-archived.ts'
import { poolSuspended } from '../../lab/scenarios/pool-suspended.ts'
import type { Lesson } from '../lesson.ts'

export const whenThingsGoWrong: Lesson = {
  id: 'when-things-go-wrong',
  title: 'when things go wrong',
  minutes: 9,
  pages: [
    {
      title: 'Read what it says, then decide',
      text: `
Every refusal of Lifeboat has three parts: what is wrong, what was not changed, and the next command. Read all three before you press anything.

  failed: AWS accepted vol-…, and it is gone again: …
  not changed: …
  next: see the key and whether it is enabled:
    aws kms describe-key --key-id …

- Refused before a change: nothing has happened. Mend it and begin anew.
- Failed after a change: the journal knows how far it is. Mend the cause, then "lifeboat resume". Or "lifeboat undo", which takes back what this run has made, and nothing else.

Never help it along by hand in another window while it runs.`,
    },
    {
      title: 'Three faults that come to everybody',
      text: `
- The newest EBS snapshot can't be used: it is archived (24 to 72 hours to get it back) or still "pending". Each EBS snapshot stands for itself: take the one before, lose a day, and be back in minutes.
- The pool is SUSPENDED: its disk went away under a running host. Every zpool and zfs command now hangs, "zpool export" too. /proc/spl/kstat/zfs/tank/state tells it without hanging. Only a reboot helps, with the services held back so that none starts on an empty directory.
- The snapshot is encrypted with a key in KMS, AWS's key store, that you may not use. AWS says yes to CreateVolume, and then the volume vanishes. Trying again is of no use: somebody has to give this identity a grant on the key.

You meet all three now. One of them can't be got over tonight: there the right end is a clear refusal, and nothing left behind.`,
    },
  ],
  tasks: [
    {
      title: 'First fault of three',
      text: 'Which snapshot can be used today? Look at the STATE of each.',
      scenario: newestArchived,
    },
    {
      title: 'Second fault of three',
      text: 'The host itself is in trouble. Read the plan before you press y: which of its lines are new to you?',
      scenario: poolSuspended,
    },
    {
      title: 'Third fault of three',
      text: 'There is no way past this one tonight. Find out what is missing, read the last screen to its end, and leave it with Enter. Lifeboat waits two minutes for the volume before it calls it gone: EC2 is slow to agree with itself.',
      scenario: keyDenied,
    },
  ],
  questions: [
    {
      text: 'A restore has failed after the volume was made. You have mended the cause. What now?',
      answers: [
        {
          text: 'lifeboat restore, from the beginning',
          isRight: false,
          because: 'There is an unfinished run on this host: Lifeboat would refuse a second one and name the first.',
        },
        {
          text: 'lifeboat resume: it goes on with the same volume',
          isRight: true,
          because:
            'The journal names what was made. The world is asked what became of the last step, and no second volume is made.',
        },
        {
          text: 'delete the volume in the console, then begin anew',
          isRight: false,
          because:
            'lifeboat undo does that, and knows what belongs to the run. By hand one deletes the wrong volume sooner or later.',
        },
      ],
    },
    {
      text: '"zpool status" hangs. What do you look at first?',
      answers: [
        {
          text: '/proc/spl/kstat/zfs/tank/state: it answers without ZFS',
          isRight: true,
          because:
            'It is read from the kernel and never waits. SUSPENDED means: no more ZFS commands, a reboot is needed.',
        },
        {
          text: '"zpool export -f tank", then try again',
          isRight: false,
          because: 'On a suspended pool it hangs like the first one, and later commands queue up behind it.',
        },
      ],
    },
    {
      text: 'The newest snapshot is archived, and the one before it is a day older. The service is down. What do you do?',
      answers: [
        {
          text: 'wait for the archive: the newest data is worth it',
          isRight: false,
          because:
            'Up to three days without any service. Restore the older one now; the archived one can be got back beside it for what is missing.',
        },
        {
          text: 'restore the one before, and ask for the archived one meanwhile if its data is needed',
          isRight: true,
          because: 'Service first. One day of data can be added later; the archive takes its time in any case.',
        },
      ],
    },
  ],
}

import { volumeDeleted } from '../../lab/scenarios/volume-deleted.ts'
import type { Lesson } from '../lesson.ts'

export const firstRestore: Lesson = {
  id: 'first-restore',
  title: 'your first restore',
  minutes: 9,
  pages: [
    {
      title: 'The way back after a lost volume',
      text: `
  EBS snapshot     new volume       the instance
  +--------+ make +------+ attach +----------------------+
  | 23:45  | ---> | same | -----> | find disk by serial  |
  | in AWS |      | zone |        | import the pool      |
  +--------+      +------+        | head, or a snapshot? |
                                  | mount, start, prove  |
                                  +----------------------+

An EBS snapshot is "crash-consistent": the disk as after a power cut. ZFS is made for that. It never overwrites what is in use, so its state on disk is always whole; the last few seconds come back from a log of its own.

The new volume is there at once but its blocks are not: each is fetched from S3 when it is first read ("lazy loading"). It is slow at first. "The service is up" and "the disk is at full speed" are two moments.`,
    },
    {
      title: 'Why so many steps',
      text: `
- The gate: before anything else, backup services are held back. A backup of a half-restored server would overwrite a good one. If nobody comes back, the host lifts the gate by itself.
- Look first: the pool is imported read-only, to see what is in it. Nothing on the disk is changed by that.
- You choose what is done with the data when you have seen it: keep its head, or go back to a snapshot.
- The hold: "zfs hold" makes a snapshot undeletable. Without it zfsnap could expire the very snapshot you go back to.
- The proof: "active" in systemd is not enough. The service has to stay up, to answer, and its newest record has to be as old as the data.
- The hand-over: the tags for DLM are put on the new volume only now.`,
    },
    {
      title: 'The keys that you need',
      text: `
  arrows  move                  Enter  choose
  w       why is there a step?  c      its exact commands
  l       all that happened     Esc    back, never abort
  ?       all keys              q      leave

Press w on every screen of this first restore, and read: each step says why it exists.

Enter answers a question, and changes nothing yet. A plan that changes something is shown first, and takes y. What destroys data takes the name of its dataset or host, typed out: if you type none, nothing is destroyed.

Whatever is done is written to a journal on your disk beforehand. So in real life you can leave with q, or lose the power: "lifeboat resume" goes on from there, and makes no second volume.`,
    },
  ],
  tasks: [
    {
      title: 'Your first restore',
      text: 'A world is made for you, and the wizard opens as in an emergency. Its suggestions are good ones here: read each, press w, then take it. When it says "restored", Enter goes on to the check. It is 03:00, and this has come:',
      scenario: volumeDeleted,
    },
  ],
  questions: [
    {
      text: 'Why was the pool imported read-only at first?',
      answers: [
        {
          text: 'because a new volume cannot be written to yet',
          isRight: false,
          because: 'A new volume can be written to at once, even while its blocks are still being fetched.',
        },
        {
          text: 'to look at what is there before anything is changed',
          isRight: true,
          because:
            'A read-only import writes nothing to the disk. If it is the wrong disk or the wrong snapshot, nothing has happened.',
        },
      ],
    },
    {
      text: 'The service is "active (running)" right after the restore. Is that the proof?',
      answers: [
        {
          text: 'no: it has to stay up, to answer, and to serve data of the right age',
          isRight: true,
          because:
            'A service that crashes every ten seconds is "active" most of the time, and one with an empty directory under it answers happily.',
        },
        {
          text: 'yes: systemd has started it without an error',
          isRight: false,
          because:
            'systemd knows that a process was started. It does not know whether it crashes again and again, or serves an empty directory.',
        },
      ],
    },
    {
      text: 'Why are backups held back during a restore?',
      answers: [
        {
          text: 'they would make the restore slower',
          isRight: false,
          because:
            'Perhaps, but the reason is worse: a backup of a half-restored server goes where the good one of today is.',
        },
        {
          text: 'they could overwrite a good backup with half-restored data',
          isRight: true,
          because:
            'A restore is the one moment at which backups are needed and endangered at once. So they are held back until the proof.',
        },
      ],
    },
  ],
}

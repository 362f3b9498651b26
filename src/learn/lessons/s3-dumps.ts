import { dumpKeys, dumpsBucket, ordinaryDay } from '../worlds.ts'
import { gunzipped, s3Get, s3Ls } from '../lab-s3.ts'
import type { Lesson } from '../lesson.ts'

const url = `s3://${dumpsBucket}`

export const s3Dumps: Lesson = {
  id: 's3-dumps',
  title: 'dumps in S3',
  minutes: 7,
  pages: [
    {
      title: 'What a dump is, and what it is not',
      text: `
A dump is what a service has written out of itself: a database as SQL, an archive of a folder. It goes to an S3 bucket, which is not a disk but a list of names ("keys"), each with an object, which is what a file is elsewhere:

  s3://irc-backups/synapse/04-25-2020/postgres.sql.gz
       bucket      key: slashes are part of the name

It is there when all else is lost: another zone, another program, no ZFS needed. It is often the oldest backup, and not looked at until it is needed.

Each service has its own recipe for putting a dump back. Lifeboat brings those of PostgreSQL, of folders and tar archives, of ZFS streams and of Rocket.Chat's snap, and takes others from its config. What comes before is the same for all, and is this lesson: to find the one that is good. "lifeboat drill dump-postgres" rehearses what comes after.`,
    },
    {
      title: 'Four traps',
      text: `
- Names sort wrongly. 12-31-2024 comes after 04-25-2026 in a list, and is older. Read the year first.
- A prefix that exists is not an upload that finished. Compare size with the days before.
- Whole is not the same as there: "gzip -t" reads a file to its end. A dump by pg_dumpall ends with a line that says that it is complete; without that line it is not. In a pipe, a failed dump gives a short file and no error, unless "set -o pipefail" is set.
- Objects in an archive (GLACIER, DEEP_ARCHIVE) are listed as all others and can't be read: they have to be requested first, and take minutes to many hours.

And while you restore: tonight's backup goes to today's prefix. Hold it back, or it writes half-restored data over what you need.`,
    },
  ],
  looks: {
    scenario: ordinaryDay,
    looks: [
      {
        title: 'What is there?',
        text: 'The days of which there are dumps, as S3 lists them.',
        command: () => `aws s3 ls ${url}/synapse/`,
        answer: (lab) => s3Ls(lab, dumpsBucket, 'synapse/'),
        seen: 'PRE is a prefix, what looks like a folder. One of them is years old, and stands behind newer ones: month and day come first in the name, and the list goes by letters.',
      },
      {
        title: 'How large, and of when?',
        text: 'The objects themselves.',
        command: () => `aws s3 ls --recursive ${url}/synapse/`,
        answer: (lab) => s3Ls(lab, dumpsBucket, 'synapse/', true),
        seen: "The sizes grow slowly from day to day. Today's has a third of yesterday's. S3 lists no upload that was broken off: what went up was too short already.",
      },
      {
        title: "Is today's whole?",
        text: 'Read to its end, without keeping anything of it.',
        command: (lab) => `aws s3 cp ${url}/${dumpKeys(lab.stage.world).today} - \\\n      | gzip -t && echo whole`,
        answer: async (lab) => {
          const read = gunzipped(await s3Get(lab, dumpsBucket, dumpKeys(lab.stage.world).today))
          return read.isWhole ? 'whole' : read.text
        },
        seen: 'Cut off. Had you begun with stopping the service and emptying its database, you would now have neither.',
      },
      {
        title: "And yesterday's?",
        text: 'The last lines of the dump.',
        command: (lab) => `aws s3 cp ${url}/${dumpKeys(lab.stage.world).yesterday} - \\\n      | gunzip | tail -n 3`,
        answer: async (lab) => {
          const { text } = gunzipped(await s3Get(lab, dumpsBucket, dumpKeys(lab.stage.world).yesterday))
          return text.trimEnd().split('\n').slice(-3).join('\n')
        },
        seen: 'This one is whole, and says so itself. It is the one to restore: check first, stop the service after.',
      },
    ],
    async judge(lab, after) {
      const left = await s3Ls(lab, dumpsBucket, 'synapse/', true)
      const missing = Object.values(dumpKeys(lab.stage.world)).filter((key) => !left.includes(key))
      return [
        ...missing.map((key) => `${key} is gone from the bucket`),
        ...(after.service === 'active' ? [] : [`chat.service is ${after.service}`]),
      ]
    },
    good: 'All dumps are still in the bucket, and the service was not stopped for looking at them.',
  },
  tasks: [],
  questions: [
    {
      text: 'A bucket lists 04-24-2026/, 04-25-2026/ and 12-31-2025/, in this order. Which is the newest?',
      answers: [
        {
          text: '12-31-2025: it is the last one',
          isRight: false,
          because: 'The list goes by letters, and "12" comes after "04". The year stands at the end: 2025 is older.',
        },
        {
          text: '04-25-2026',
          isRight: true,
          because: 'The year counts first, wherever it stands. Lists of such names are sorted wrongly.',
        },
      ],
    },
    {
      text: "Today's dump is in the bucket, a third as large as yesterday's. What do you do before anything else?",
      answers: [
        {
          text: 'stop the service: it has to be stopped anyway',
          isRight: false,
          because: 'Not yet. First you have to know that there is something to put in its place.',
        },
        {
          text: "check it to its end, and yesterday's too, while the service still runs",
          isRight: true,
          because:
            'A dump that is cut off is found before it does harm. Nothing is stopped or emptied until the new data is known to be whole.',
        },
      ],
    },
    {
      text: '"pg_dumpall | gzip | aws s3 cp - s3://…" runs each night. Once pg_dumpall dies in the middle. What is in the bucket?',
      answers: [
        {
          text: 'a short file, and no error anywhere',
          isRight: true,
          because:
            'gzip and aws see the end of their input and finish well; a pipe counts as its last command does, unless "set -o pipefail" is set. Only the missing last line tells.',
        },
        {
          text: 'nothing: the upload is given up',
          isRight: false,
          because:
            'aws cannot know that its input ended too soon: what came until then is uploaded, under its usual name.',
        },
        {
          text: 'the dump of the night before: it is only replaced by a whole one',
          isRight: false,
          because: 'That one is under its own day. Under the new day there is now a file that is cut off.',
        },
      ],
    },
  ],
}

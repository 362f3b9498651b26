import { dumpKeys, dumpsBucket, officeBucket, ordinaryDay } from '../worlds.ts'
import { gunzipped, s3Delete, s3Get, s3Ls, s3Put } from '../lab-s3.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Lesson } from '../lesson.ts'

/** What each identity may not do; the lab knows one identity, which changes its clothes. */
const clothes = {
  backup: ['s3:Get*', 's3:List*', 's3:Delete*'],
  restore: ['s3:Put*', 's3:Delete*'],
  all: [],
} as const

const as = (lab: Lab, who: keyof typeof clothes): void => lab.stage.cloud.change({ denied: [...clothes[who]] })

const newKey = 'synapse/today/postgres.sql.gz'

/** As `--query ContentLength` prints it: the size, or in words why not. */
const got = (data: Buffer | string): string => (typeof data === 'string' ? data : String(data.length))

const get = (bucket: string, key: string): string =>
  `aws s3api get-object --bucket ${bucket} --query ContentLength \\\n      --key ${key} out`

const remove = `aws s3 rm s3://${dumpsBucket}/${newKey}`

export const leastPrivilege: Lesson = {
  id: 'least-privilege',
  title: 'identities that may do little',
  minutes: 6,
  pages: [
    {
      title: 'Two identities, two jobs',
      text: `
To AWS you are an identity: a user or a role. It has keys, and a policy that lists what it may do. Whoever breaks into a server has the keys of its backup script: so these must neither read nor delete backups.

                           backup     restore
                           identity:  identity:
                           the server person on call
  s3:PutObject (upload)    yes        no
  s3:GetObject (download)  no         yes
  s3:ListBucket (names)    no         yes
  s3:GetBucketLocation     no         yes
  s3:DeleteObject          no         no
  ec2:Describe* (look)     no         yes
  ec2:CreateVolume, Attach no         yes, by their tags
  ec2:DeleteSnapshot       no         no`,
    },
    {
      title: 'Where it goes wrong',
      text: `
- "May only put" may still overwrite: a put to the same key replaces the object. Versioning on the bucket keeps what was there.
- Without s3:GetBucketLocation some clients fail with a broken connection and no useful word.
- Policies are often limited by address (aws:SourceIp). Then the same call with the same key works on your laptop and fails on the server, or the other way round. Always test from the machine that will do it.
- An encrypted snapshot needs more than EC2 rights: kms:Decrypt, kms:CreateGrant and a few others, on that very key.
- A refusal by EC2 is "UnauthorizedOperation", one by S3 "AccessDenied". Read the reason behind it: it names the action that is missing, or an explicit deny, which no permission can lift.

The only way to know that an identity can restore is to restore with it. That is what drills are for.`,
    },
  ],
  looks: {
    scenario: ordinaryDay,
    looks: [
      {
        title: 'As the backup identity: put',
        text: 'What the backup script does every night. The lab has one user, "operator": what it may do is changed for each look.',
        command: () => `aws s3 cp postgres.sql.gz s3://${dumpsBucket}/${newKey}`,
        answer: (lab) => {
          as(lab, 'backup')
          return s3Put(lab, dumpsBucket, newKey, 'a dump')
        },
        seen: 'That is all it needs.',
      },
      {
        title: 'As the backup identity: read',
        text: 'What somebody would do first who has stolen its keys.',
        command: () => get(dumpsBucket, newKey),
        answer: async (lab) => {
          as(lab, 'backup')
          return got(await s3Get(lab, dumpsBucket, newKey))
        },
        seen: 'Refused, and the refusal names the action that is missing. "aws s3 cp" would say no more than "403 Forbidden": it asks for the size first, and that answer has no room for a reason. So ask with "aws s3api get-object".',
      },
      {
        title: 'As the backup identity: delete',
        text: 'And what would do the most harm.',
        command: () => remove,
        answer: (lab) => {
          as(lab, 'backup')
          return s3Delete(lab, dumpsBucket, newKey)
        },
        seen: 'Refused too: the thief has your server, but not your backups. Old ones go by a rule of the bucket, a lifecycle rule, for which no key has to delete.',
      },
      {
        title: 'As the restore identity',
        text: 'Another identity, for the person on call: what it may read, and whether it may delete.',
        command: (lab) => `${get(dumpsBucket, dumpKeys(lab.stage.world).yesterday)}\n    ${remove}`,
        answer: async (lab) => {
          as(lab, 'restore')
          const read = got(await s3Get(lab, dumpsBucket, dumpKeys(lab.stage.world).yesterday))
          return `${read}\n${await s3Delete(lab, dumpsBucket, newKey)}`
        },
        seen: 'It reads (the number is the size in bytes), and deletes nothing: a tired person at 03:00 is a danger to backups too.',
      },
      {
        title: 'The same identity, from the wrong address',
        text: 'Another bucket. It has a policy of its own, which lets only the address 203.0.113.7 read, and this machine has another one.',
        command: () => get(officeBucket, 'plan.txt.gz'),
        answer: async (lab) => {
          as(lab, 'restore')
          return got(await s3Get(lab, officeBucket, 'plan.txt.gz'))
        },
        seen: 'The identity may read. "explicit deny in a resource-based policy" says that the bucket forbids it: look at its aws:SourceIp, and at the address you really come from. Lifeboat signs URLs with your rights and lets the host fetch with them: then the address of the host counts.',
      },
    ],
    async judge(lab) {
      as(lab, 'all')
      const listed = await s3Ls(lab, dumpsBucket, 'synapse/', true)
      const { isWhole } = gunzipped(await s3Get(lab, dumpsBucket, dumpKeys(lab.stage.world).yesterday))
      return [
        ...(listed.includes(newKey) ? [] : [`${newKey} is not in the bucket`]),
        ...(isWhole ? [] : ["yesterday's dump is no longer whole"]),
      ]
    },
    good: "The new dump is in the bucket, and so is yesterday's: neither identity could take anything away.",
  },
  tasks: [],
  questions: [
    {
      text: 'Why may the backup identity not read what it has written itself?',
      answers: [
        {
          text: 'reading costs money',
          isRight: false,
          because: 'A little, but that is not it: the key is on the server, and whoever has the server has the key.',
        },
        {
          text: 'whoever steals its key from the server would have all backups',
          isRight: true,
          because: 'The server has its own data, but the backups have that of years, perhaps of other servers too.',
        },
      ],
    },
    {
      text: 'A download works on your laptop and gives AccessDenied on the server, with the same key. What do you think of first?',
      answers: [
        {
          text: 'the key has expired in between',
          isRight: false,
          because: 'That is another error (ExpiredToken), and it would come on both machines.',
        },
        {
          text: 'a policy with aws:SourceIp: the two have different addresses',
          isRight: true,
          because:
            'What differs between two machines with the same key is where they come from. Test from the machine that will do it.',
        },
      ],
    },
    {
      text: 'The backup identity may only put. Can its thief still harm a backup?',
      answers: [
        {
          text: 'yes, by writing over it; versioning on the bucket keeps what was there',
          isRight: true,
          because:
            'A put to a key that exists replaces the object. With versioning the one before stays, and this identity cannot delete it.',
        },
        {
          text: 'no, putting only adds',
          isRight: false,
          because: 'A put to a key that exists replaces the object. Only versioning keeps the one before.',
        },
      ],
    },
  ],
}

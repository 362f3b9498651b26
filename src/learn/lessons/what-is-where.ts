import { untidy } from '../../lab/scenarios/aftermath.ts'
import type { Lesson } from '../lesson.ts'
import { ordinaryDay } from '../worlds.ts'

export const whatIsWhere: Lesson = {
  id: 'what-is-where',
  title: 'what is where',
  minutes: 8,
  pages: [
    {
      title: 'Two disks',
      text: `
A server in EC2, Amazon's machines for hire, is an "instance". This one has two disks, and only one of them matters:

  instance irc-1, in zone us-east-1a
  +------------------+   +-----------------------------+
  | root disk        |   | data disk: EBS volume vol-… |
  | the system, made |   | everything that is yours    |
  | from an image    |   | (a ZFS pool called "tank")  |
  +------------------+   +-----------------------------+

An EBS volume is a disk on the network. It is in one zone, a data centre, and can only be attached to an instance in that zone. Detach it, and attach it to another instance there: the data has moved, the rest was disposable.`,
    },
    {
      title: 'Inside the volume: ZFS',
      text: `
ZFS is the file system on the data disk. From the outside to the inside:

  pool      tank             all the space of its disks
   vdev     nvme-Amazon_…    a disk, or several in one
    dataset tank/chat        a file system of its own,
    dataset tank/home/alice  mounted at /tank/home/alice
     snapshot tank/chat@name the dataset at one moment

Datasets share the pool's space. Each is mounted, snapshotted and rolled back by itself. A snapshot can't be changed and costs nothing at first: it only keeps alive what is overwritten or deleted later. It is in the same pool, so it is gone when the pool is.

"head" is what a dataset is now, as opposed to any snapshot of it.`,
    },
    {
      title: 'Three backups, made by three programs',
      text: `
  by      where, when    makes          which are kept
  zfsnap  host, hourly   ZFS snapshots  in the same pool
  DLM     AWS, 23:45     EBS snapshots  outside the zone
  timers  host, nightly  dumps (files)  in S3, far away

zfsnap puts how long a snapshot is kept into its name:

  tank/chat@2026-11-21_22.00.00--1w
            host's local time    kept for 1 week
                                 (1m: month, 1M: minute)

DLM (Data Lifecycle Manager) finds volumes by their tags, labels that people put on them. A volume without these tags is not backed up, and nobody is told. An EBS snapshot holds the whole disk: the pool, its head at 23:45 and all the ZFS snapshots that were in it then.`,
    },
  ],
  looks: {
    scenario: ordinaryDay,
    looks: [
      {
        title: 'Which disks does the host have?',
        text: 'Disks get letters and numbers in the order in which they come up. What never changes is the serial number: on current instances it is the volume id without its dash.',
        command: () => 'lsblk -o NAME,SIZE,SERIAL,FSTYPE',
        seen: 'vda is the root disk. nvme0n1 is the data disk: its serial is the id of the EBS volume. Lifeboat finds a disk by that, never by its letter.',
      },
      {
        title: 'What does AWS say of that volume?',
        text: 'The same disk from the other side: the volumes that there are, and the tags of the data disk.',
        command: ({ stage }) =>
          `aws ec2 describe-volumes --output text \\\n      --query 'Volumes[].[VolumeId,AvailabilityZone,State,Size]'\n    aws ec2 describe-tags --output text --query 'Tags[].[Key,Value]' \\\n      --filters Name=resource-id,Values=${stage.world.originalVolumeId}`,
        answer: ({ stage }) => {
          const volumes = stage.cloud.volumes()
          const tags = volumes.find((each) => each.volumeId === stage.world.originalVolumeId)?.tags ?? new Map()
          return Promise.resolve(
            [...volumes.map((each) => [each.volumeId, each.availabilityZone, each.state, each.sizeGiB]), ...tags]
              .map((words) => words.join('  '))
              .join('\n'),
          )
        },
        seen: 'Two volumes, both in use in us-east-1a: the root disk and the data disk. DLM backs up what is tagged Snapshot and SnapshotPolicy. After a disaster the line of the data disk is what is missing.',
      },
      {
        title: 'Is the pool well?',
        text: 'One pool, and the disks that it is made of.',
        command: () => 'zpool status tank',
        seen: 'ONLINE is well. SUSPENDED would mean that its disk went away while it was in use: then every ZFS command waits for ever.',
      },
      {
        title: 'What is in the pool?',
        text: 'The datasets, what they use, and where they are mounted.',
        command: () => 'zfs list -o name,used,refer,mountpoint',
        seen: 'REFER is what a dataset holds now. USED counts its snapshots and what is below it too.',
      },
      {
        title: 'Which moments can one go back to?',
        text: 'The newest snapshots of the chat server.',
        command: () => 'zfs list -d 1 -t snapshot -o name,creation tank/chat | tail -n 4',
        seen: 'One each hour. The name has the local time of the host; "creation" is what ZFS itself has noted. Where they differ, believe ZFS.',
      },
    ],
    judge: (_lab, after) => Promise.resolve(untidy(after)),
    good: 'The chat server answers, its timers run, nothing is held back: you have looked, and changed nothing. That is always the first thing to do.',
  },
  tasks: [],
  questions: [
    {
      text: 'The root disk of irc-1 is broken beyond repair. The data disk is well. What do you need from a backup?',
      answers: [
        {
          text: 'nothing: attach the data volume to a new instance in the same zone',
          isRight: true,
          because:
            'The root disk is disposable, it comes from an image. The volume moves to another instance, as long as that is in the same zone.',
        },
        {
          text: 'the newest EBS snapshot',
          isRight: false,
          because:
            'That would work, and lose everything since 23:45. The volume itself is still there and has it all: attach it.',
        },
        {
          text: 'the newest zfsnap snapshot',
          isRight: false,
          because: 'zfsnap snapshots are on the data disk, which is well. Nothing has to be restored at all.',
        },
      ],
    },
    {
      text: 'The EBS volume has been deleted. Are the hourly zfsnap snapshots of this morning still anywhere?',
      answers: [
        {
          text: 'yes: zfsnap keeps them for a week',
          isRight: false,
          because:
            'For a week, but in the pool, and the pool was on that volume. Snapshots in a pool do not outlive it.',
        },
        {
          text: 'no: only those that were in the pool at the last EBS snapshot',
          isRight: true,
          because:
            'They were in the same pool. The EBS snapshot of 23:45 has the pool as it was then, with its ZFS snapshots up to 23:00. Those of this morning are gone.',
        },
      ],
    },
    {
      text: 'A colleague replaces the data volume and forgets to tag the new one. What happens tonight?',
      answers: [
        {
          text: 'DLM warns that a volume has no tags',
          isRight: false,
          because:
            'DLM only looks for volumes that have its tags. Of one without it knows nothing, so there is nothing to warn of.',
        },
        {
          text: 'nothing, and nobody notices: it is no longer backed up',
          isRight: true,
          because:
            'DLM finds volumes by tags. That is why Lifeboat puts the tags on the new volume at the end of a restore, when it is proven.',
        },
      ],
    },
  ],
}

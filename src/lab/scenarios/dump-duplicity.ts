import { backUp, stemOf } from '../host/simulated/duplicity/backup.ts'
import type { Entry, Tree } from '../host/simulated/duplicity/difftar.ts'
import { hostName } from '../lab-config.ts'
import type { World } from '../host/manifest.ts'
import { sh } from '../../text/quote.ts'
import {
  boardLooks,
  boardOf,
  boardServed,
  bucket,
  bucketOf,
  cleanedUp,
  emptiedBoard,
  folder,
  nightOf,
  notAsOn,
} from './board.ts'
import type { Scenario } from './scenario.ts'

/** So many nights ago the oldest backup was made; a week later the next full one. */
const oldest = 9
const isFull = (nightsAgo: number): boolean => (oldest - nightsAgo) % 7 === 0

/** The script had been there for an hour and more when the last night's backup was made. */
const cleanedUpAt = ({ incidentAt }: World): number => Date.parse(incidentAt) - 2 * 3_600_000

const timesOf = (world: World, nightsAgo: number) => ({
  at: new Date(nightOf(world, nightsAgo)).toISOString(),
  from: isFull(nightsAgo) ? null : new Date(nightOf(world, nightsAgo + 1)).toISOString(),
})

/** What names a night's backup: its manifest. */
export const momentOf = (world: World, nightsAgo: number): string =>
  `s3://${bucket}/board/${stemOf(timesOf(world, nightsAgo))}.manifest`

/** What is the chat server's user's. */
const entry = (type: 'file' | 'directory', mode: number, mtimeMs: number, text = ''): Entry => ({
  header: { type, mode, uid: 950, gid: 950, uname: 'chat', gname: 'chat', mtime: new Date(mtimeMs) },
  data: Buffer.from(text),
})

/** The folder as a night's backup found it. Of the board only its records change from night to night. */
function foundOn(world: World, nightsAgo: number): Tree {
  const isEmptied = nightOf(world, nightsAgo) > cleanedUpAt(world)
  const begun = isEmptied ? cleanedUpAt(world) : nightOf(world, oldest + 1)
  const folders: [string, Entry][] = (isEmptied ? [''] : ['', 'files']).map((path) => [
    path,
    entry('directory', path === '' ? 0o750 : 0o755, begun),
  ])
  const files = Object.entries(isEmptied ? cleanedUp : boardOf(world, nightsAgo)).map(
    ([path, text]): [string, Entry] => [
      path,
      entry('file', 0o644, path === 'messages.log' ? nightOf(world, nightsAgo) : begun, text),
    ],
  )
  return new Map([...folders, ...files])
}

/** The objects of every night's backup, as duplicity writes them, the oldest first. */
export async function backupsOf(world: World): Promise<{ key: string; content: Buffer; lastModified: string }[]> {
  const objects = []
  for (let ago = oldest; ago >= 0; ago--) {
    const times = timesOf(world, ago)
    const before: Tree = times.from === null ? new Map() : foundOn(world, ago + 1)
    const files = await backUp({ ...times, tree: foundOn(world, ago), before, hostname: hostName, folder })
    for (const [at, { name, content }] of files.entries())
      objects.push({
        key: `board/${name}`,
        content,
        lastModified: new Date(nightOf(world, ago) + (at + 2) * 1000).toISOString(),
      })
  }
  return objects
}

export const dumpDuplicity: Scenario = {
  id: 'dump-duplicity',
  title: 'a script has emptied a folder, and duplicity has backed it up since',
  brief: [
    'PAGE irc-1: board.service has failed. Two hours ago a clean-up script went through its folder, /srv/board.',
    'The folder is on the root disk: no ZFS snapshot has it, and no EBS snapshot.',
    `Every night duplicity backs it up to s3://${bucket}/board/: a full backup a week, and increments upon it.`,
    'Bring the board back, with as little loss as there has to be. The chat server is well: leave it alone.',
  ],
  hints: [
    'Of a folder of backups, each night is a moment that can be gone back to.',
    'No size tells: in an increment, what is gone weighs nothing. When did the script run, and when was each backup made?',
    'An incremental backup is as good as a full one, where all that it builds on is there.',
  ],
  objectives: { rto: 15, dataLoss: 2 * 24 * 60 },
  begins: 'pool-in-use',
  onlySimulated: true,
  served: boardServed,
  async prepare(stage) {
    const objects = await backupsOf(stage.world)
    stage.cloud.addBucket(
      bucketOf(objects.map((each) => ({ ...each, content: { base64: each.content.toString('base64') } }))),
    )
    await emptiedBoard(stage, `duplicity --full-if-older-than 7D --no-encryption ${folder} boto3+s3://${bucket}/board`)
    await stage.ssh(sh`touch -d @${cleanedUpAt(stage.world) / 1000} ${folder} ${folder}/*`)
  },
  looks: boardLooks,
  flags: (world) => ({ source: 'dump', dump: momentOf(world, 1) }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => notAsOn(after, world, 1),
  moral:
    'A backup takes what it finds, and in a chain of increments a deletion weighs nothing: no size tells of it, only the time. Go back to the newest moment before the mishap, and keep chains for longer than a mishap may go unnoticed.',
}

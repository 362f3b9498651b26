import { chat } from '../lab-config.ts'
import type { Hourly, World } from '../host/manifest.ts'
import { untidy } from './aftermath.ts'
import { bucket, bucketOf, outputOf } from './board.ts'
import type { Scenario, Stage } from './scenario.ts'

/** As the script names the folder of an hour: `2026-11-23T0300Z`. */
const hourOf = ({ at }: Hourly): string => at.slice(0, 16).replace(':', '').concat('Z')

/** Below which an hour's streams are in the bucket. */
export const prefixOf = (hour: Hourly | undefined): string => (hour === undefined ? 'chat/' : `chat/${hourOf(hour)}/`)

/** The last three hours have a dump. */
const dumped = ({ hourlies }: World): readonly Hourly[] => hourlies.slice(-3)

/** Sends what there is: of each hour a full stream of an older snapshot, and what is another since. */
async function sendAll(stage: Stage): Promise<void> {
  const { world, cloud } = stage
  const base = world.hourlies.at(-6)?.snapshot ?? ''
  const full = await outputOf(stage, `zfs send -p tank/chat@${base} | gzip -1`)
  const objects = []
  for (const hour of dumped(world)) {
    const since = await outputOf(stage, `zfs send -i @${base} tank/chat@${hour.snapshot} | gzip -1`)
    for (const [name, base64] of [
      ['1-full.zfs.gz', full],
      ['2-since.zfs.gz', since],
    ] as const)
      objects.push({
        key: `${prefixOf(hour)}${name}`,
        content: { base64 },
        lastModified: new Date(Date.parse(hour.at) + 30_000).toISOString(),
      })
  }
  cloud.addBucket(bucketOf(objects))
}

export const dumpZfs: Scenario = {
  id: 'dump-zfs',
  title: 'a dataset was destroyed with its snapshots; the streams of zfs send in S3 are an hour old',
  brief: [
    'PAGE irc-1: the chat server is down. Somebody stopped it to tidy up, and typed zfs destroy -r tank/chat.',
    'Its hourly snapshots went with it. The pool is healthy, and everybody else works on it.',
    `Every hour zfs send | gzip | aws s3 cp puts streams into s3://${bucket}/chat/; EBS snapshots are of the evening.`,
    'Bring the chat server back, with as little loss as there has to be. Leave alone what other people write.',
  ],
  hints: [
    'What is in the pool went with the dataset. What is outside of it: the EBS snapshot of the evening, and the dumps.',
    'An EBS snapshot is of the whole pool, and of 23:45. A stream is of one dataset, and of the last hour.',
    'An incremental stream is received on top of the full one: they go together.',
  ],
  objectives: { rto: 15, dataLoss: 90 },
  begins: 'pool-in-use',
  served: { ...chat, dumps: [{ name: 'chat', from: `s3://${bucket}/chat/`, into: 'tank/chat' }] },
  async prepare(stage) {
    await sendAll(stage)
    await stage.ssh('systemctl stop chat.service; zfs destroy -r tank/chat')
  },
  looks: {
    datasets: 'zfs list -H -o name,mounted -r tank',
    left: 'ls -A /var/lib/lifeboat 2>/dev/null; true',
  },
  flags: () => ({ source: 'dump', dump: 'latest' }),
  goodEnd: { kind: 'restored' },
  judge(after, world) {
    const good = world.hourlies.at(-1)
    const older = world.hourlies.slice(0, -1).find((each) => each.messagesSha256 === after.messagesSha256)
    return [
      ...untidy(after),
      ...(older === undefined ? [] : [`the records are of ${older.at}; those of ${good?.at} were there`]),
      ...(older !== undefined || after.messagesSha256 === good?.messagesSha256
        ? []
        : [`the records are not those of ${good?.snapshot}`]),
      ...(after.notesSha256 === null ? ["alice's notes are gone"] : []),
      ...(after.seen['datasets']?.includes('tank/chat\tyes') === true ? [] : ['tank/chat is not mounted']),
      ...(after.seen['datasets']?.includes('lifeboat') === true ? ['a dataset of the run is left in the pool'] : []),
      ...(after.seen['left'] === '' ? [] : [`left on the host: ${after.seen['left']}`]),
    ]
  },
  moral:
    'A snapshot in the pool is no backup of the dataset that it is of: destroy -r takes both. What has left the host stays, and of all that has, take the newest, and no more of it than you need.',
}

// Worlds that only the course has: one in which nothing is wrong, and one whose newest snapshot is too new.
import { gzipSync } from 'node:zlib'
import type { World } from '../lab/host/manifest.ts'
import { untidy } from '../lab/scenarios/aftermath.ts'
import type { Scenario } from '../lab/scenarios/scenario.ts'

type Cloud = Parameters<NonNullable<Scenario['cloud']>>[0]

export const dumpsBucket = 'irc-backups'
export const officeBucket = 'irc-office'

const dayMs = 86_400_000

/** `04-25-2020`, as the dumps' scripts name a day. */
function dayName(ms: number): string {
  const [year, month, day] = new Date(ms).toISOString().slice(0, 10).split('-')
  return `${month}-${day}-${year}`
}

const keyOf = (day: string): string => `synapse/${day}/postgres.sql.gz`

/** Keys of the dumps: one that is years old, two whole ones, and today's, which was cut off. */
export function dumpKeys({ incidentAt }: World): Readonly<Record<'old' | 'before' | 'yesterday' | 'today', string>> {
  const nowMs = Date.parse(incidentAt)
  return {
    old: keyOf(`12-31-${new Date(nowMs).getUTCFullYear() - 2}`),
    before: keyOf(dayName(nowMs - 2 * dayMs)),
    yesterday: keyOf(dayName(nowMs - dayMs)),
    today: keyOf(dayName(nowMs)),
  }
}

/** A small dump, as `pg_dumpall | gzip` would stream it. */
function dumpOf(rows: number): Buffer {
  const inserts = Array.from(
    { length: rows },
    (_none, at) => `INSERT INTO events VALUES (${at * 7919}, 'm.room.message');`,
  )
  const text = [
    '-- PostgreSQL database cluster dump',
    '',
    'CREATE TABLE events (id bigint, type text);',
    ...inserts,
    '--',
    '-- PostgreSQL database cluster dump complete',
    '--',
    '',
  ]
  return gzipSync(text.join('\n'))
}

function buckets(world: World): Cloud['buckets'] {
  const keys = dumpKeys(world)
  const nowMs = Date.parse(world.incidentAt)
  const object = (key: string, dump: Buffer, daysAgo: number) => ({
    key,
    content: { base64: dump.toString('base64') },
    lastModified: new Date(nowMs - daysAgo * dayMs).toISOString(),
  })
  const today = dumpOf(900)
  return [
    {
      name: dumpsBucket,
      objects: [
        { ...object(keys.old, dumpOf(300), 0), lastModified: `${keys.old.slice(14, 18)}-12-31T02:00:00.000Z` },
        object(keys.before, dumpOf(880), 2),
        object(keys.yesterday, dumpOf(890), 1),
        object(keys.today, today.subarray(0, Math.floor(today.length / 3)), 0),
      ],
    },
    {
      name: officeBucket,
      objects: [object('plan.txt.gz', dumpOf(1), 1)],
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:GetObject',
            Resource: `arn:aws:s3:::${officeBucket}/*`,
            Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.7' } },
          },
        ],
      },
    },
  ]
}

/** A server on an ordinary day. */
export const ordinaryDay: Scenario = {
  id: 'ordinary-day',
  title: 'nothing is wrong',
  brief: ['irc-1 runs, and everything is as it ought to be.'],
  hints: [],
  objectives: { rto: 30, dataLoss: 60 },
  begins: 'pool-in-use',
  cloud: (begin, world) => {
    const made = buckets(world)
    return made === undefined ? begin : { ...begin, buckets: made }
  },
  goodEnd: { kind: 'restored' },
  judge: untidy,
  moral: 'To know how it looks when all is well makes it easy to see when it is not.',
}

const note = 'written since, where nothing was damaged'

/** The same incident, while others go on with their work: it has to be there afterwards. */
export const whileOthersWork = (scenario: Scenario): Scenario => ({
  ...scenario,
  async prepare(stage) {
    await scenario.prepare?.(stage)
    await stage.ssh(`echo '${note}' >> /tank/home/alice/notes.txt`)
  },
  looks: { ...scenario.looks, note: 'tail -n 1 /tank/home/alice/notes.txt' },
  judge: (after, world) => [
    ...scenario.judge(after, world),
    ...(after.seen['note']?.trim() === note
      ? []
      : ['what alice has written since is gone from tank/home/alice: only tank/chat was damaged']),
  ],
})

/** The newest snapshot that has what was lost. */
const lastGood = (world: World) => world.hourlies.at(-1)

/** A zfsnap name for a moment. */
const snapNameOf = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '.')}--1w`

/** The records were emptied, and a snapshot was made after that: the newest one is no use. */
export const newestTooNew = whileOthersWork({
  id: 'newest-too-new',
  title: 'records were emptied by mistake, and the newest snapshot was made after that',
  brief: [
    'PAGE irc-1: the chat server answers, and has lost its history.',
    'Somebody has emptied /tank/chat/messages.log by mistake. The pool is healthy, and zfsnap has made a snapshot since.',
    'Bring the records back, and leave all other datasets alone.',
  ],
  hints: [
    'Which snapshot is the newest one that is older than the mistake?',
    'In the files of the newest snapshot (f) messages.log has one line, of the mistake. Look at the next older one.',
    'The hourly snapshot of the last full hour is the newest good one.',
  ],
  objectives: { rto: 15, dataLoss: 120 },
  begins: 'pool-in-use',
  async prepare({ ssh, world }) {
    await ssh("printf '%s\\n' '2001-01-01T00:00:00Z oops emptied' > /tank/chat/messages.log")
    await ssh('systemctl restart chat.service')
    await ssh(`zfs snapshot -r tank@${snapNameOf(Date.parse(world.incidentAt) + 30_000)}`)
  },
  flags: (world) => ({
    source: 'local',
    at: lastGood(world)?.snapshot ?? 'latest',
    way: 'clone',
    dataset: ['tank/chat'],
  }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => [
    ...untidy(after),
    ...(after.messagesSha256 === lastGood(world)?.messagesSha256
      ? []
      : [
          `the records are not those of ${lastGood(world)?.snapshot}, the newest good ones: a snapshot that was made after the mistake has the mistake in it`,
        ]),
  ],
  moral: 'The newest snapshot is not always the right one: it has to be the newest from before the mistake.',
})

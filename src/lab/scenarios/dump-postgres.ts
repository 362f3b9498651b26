import { bucket, bucketOf } from './board.ts'
import { brokenForum, forumDumps, forumKey, forumLooks, forumServed, notTheForumOf } from './forum.ts'
import type { Scenario } from './scenario.ts'

export const dumpPostgres: Scenario = {
  id: 'dump-postgres',
  title: 'an upgrade has dropped a table; the newest dump of the database was written after it',
  brief: [
    'PAGE irc-1: forum.service has failed since last night’s upgrade: relation "posts" does not exist.',
    'The database forum is in the PostgreSQL of the host, on the root disk. The upgrade has dropped the table.',
    `Every night pg_dumpall | gzip goes to s3://${bucket}/postgresql/MM-DD-YYYY/all.sql.gz.`,
    'Bring the posts back, with as little loss as there has to be. The chat server is well: leave it alone.',
  ],
  hints: [
    'A dump can be whole and still hold the damage: it saves what is there when it runs.',
    'Compare the sizes of the nights. What lost a table is smaller, and says so in no other way.',
    'PostgreSQL itself has to run while its dump is loaded: only what uses it is stopped.',
  ],
  objectives: { rto: 15, dataLoss: 2 * 24 * 60 },
  begins: 'pool-in-use',
  onlySimulated: true,
  served: forumServed,
  cloud: (begin, world) => ({ ...begin, buckets: [bucketOf(forumDumps(world))] }),
  prepare: brokenForum,
  looks: forumLooks,
  flags: (world) => ({ source: 'dump', dump: `s3://${bucket}/${forumKey(world, 1)}` }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => notTheForumOf(after, world, 1),
  moral:
    'A dump that ends well proves that it is whole, not that it holds what you miss. Look at its size beside the nights before, and at the rows of its tables after it was loaded. The old database stays under another name until you drop it.',
}

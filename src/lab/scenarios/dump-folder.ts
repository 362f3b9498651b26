import {
  boardLooks,
  boardOf,
  boardServed,
  bucket,
  bucketOf,
  dated,
  emptiedBoard,
  nightOf,
  nights,
  notAsOn,
} from './board.ts'
import type { World } from '../host/manifest.ts'
import type { Scenario } from './scenario.ts'

/** A folder of objects that are a file each, a second between one and the next, as `aws s3 sync` writes them. */
const synced = (world: World, nightsAgo: number, prefix: string, atMs: number) =>
  Object.entries(boardOf(world, nightsAgo)).map(([path, text], at) => ({
    key: `board/${prefix}/${path}`,
    content: { text },
    lastModified: new Date(atMs + at * 1000).toISOString(),
  }))

function objectsOf(world: World) {
  const nightly = Array.from({ length: nights }, (_, ago) =>
    synced(world, ago, dated(nightOf(world, ago)), nightOf(world, ago)),
  )
  // By name it is the newest of all, as month and day come first.
  const longAgo = new Date(world.incidentAt).getUTCFullYear() - 2
  const kept = synced(world, nights - 1, `12-31-${longAgo}`, Date.parse(`${longAgo}-12-31T23:10:00Z`))
  // The last sync ended in the middle: the records, which come last, are not there.
  const half = nightly[0]?.slice(0, 5) ?? []
  return [...half, ...nightly.slice(1).flat(), ...kept]
}

export const dumpFolder: Scenario = {
  id: 'dump-folder',
  title: 'a script has emptied a folder; of its nightly dumps in S3 the newest is not whole',
  brief: [
    'PAGE irc-1: board.service has failed. A clean-up script went through its folder, /srv/board.',
    'The folder is on the root disk: no ZFS snapshot has it, and no EBS snapshot.',
    `Every night aws s3 sync copies it to s3://${bucket}/board/MM-DD-YYYY/.`,
    'Bring the board back, with as little loss as there has to be. The chat server is well: leave it alone.',
  ],
  hints: [
    'A dump in S3 is one of the places that data can come back from.',
    'A prefix that is there is not an upload that finished: compare it with those of the nights before.',
    'MM-DD-YYYY sorts by month and day. The last line of a listing may be years old.',
  ],
  objectives: { rto: 15, dataLoss: 2 * 24 * 60 },
  begins: 'pool-in-use',
  served: boardServed,
  cloud: (begin, world) => ({ ...begin, buckets: [bucketOf(objectsOf(world))] }),
  prepare: (stage) => emptiedBoard(stage, `aws s3 sync /srv/board s3://${bucket}/board/$(date +%m-%d-%Y)/`),
  looks: boardLooks,
  flags: () => ({ source: 'dump', dump: 'latest' }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => notAsOn(after, world, 1),
  moral:
    'The newest dump is the newest one that is whole. Nobody tells S3 when a sync has ended: compare objects and bytes with the nights before, and read dates, not the order of names.',
}

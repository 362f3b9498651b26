import {
  boardLooks,
  boardServed,
  bucket,
  bucketOf,
  dated,
  emptiedBoard,
  folder,
  nightOf,
  nights,
  notAsOn,
  outputOf,
  writeBoard,
} from './board.ts'
import type { World } from '../host/manifest.ts'
import type { Scenario, Stage } from './scenario.ts'

const keyOf = (world: World, nightsAgo: number): string => `board/${dated(nightOf(world, nightsAgo))}/board.tar.gz`

/** Each night's archive, packed on the host as the script packs it. Of the last one the end is missing. */
async function dumpAll(stage: Stage): Promise<void> {
  const { world, cloud } = stage
  const objects = []
  for (let ago = nights - 1; ago >= 0; ago--) {
    await writeBoard(stage, folder, ago)
    const whole = Buffer.from(await outputOf(stage, 'tar -C /srv -czf - board'), 'base64')
    const kept = ago === 0 ? whole.subarray(0, Math.floor(whole.length * 0.9)) : whole
    objects.push({
      key: keyOf(world, ago),
      content: { base64: kept.toString('base64') },
      lastModified: new Date(nightOf(world, ago)).toISOString(),
    })
  }
  cloud.addBucket(bucketOf(objects))
}

export const dumpArchive: Scenario = {
  id: 'dump-archive',
  title: 'a script has emptied a folder; the newest archive of it in S3 was cut off',
  brief: [
    'PAGE irc-1: board.service has failed. A clean-up script went through its folder, /srv/board.',
    'The folder is on the root disk: no ZFS snapshot has it, and no EBS snapshot.',
    `Every night tar | aws s3 cp packs it into s3://${bucket}/board/MM-DD-YYYY/board.tar.gz.`,
    'Bring the board back, with as little loss as there has to be. The chat server is well: leave it alone.',
  ],
  hints: [
    'What a dump is worth is known when it was read to its end, and not before.',
    'A dump that is broken has cost nothing yet: the service was not stopped, and the old data is as it was.',
    'What was begun with it can be taken back. The night before is as good, but for a day.',
  ],
  objectives: { rto: 15, dataLoss: 2 * 24 * 60 },
  begins: 'pool-in-use',
  served: boardServed,
  async prepare(stage) {
    await dumpAll(stage)
    await emptiedBoard(
      stage,
      `tar -C /srv -czf - board | aws s3 cp - s3://${bucket}/board/$(date +%m-%d-%Y)/board.tar.gz`,
    )
  },
  looks: boardLooks,
  flags: (world) => ({ source: 'dump', dump: `s3://${bucket}/${keyOf(world, 1)}` }),
  goodEnd: { kind: 'restored' },
  judge: (after, world) => notAsOn(after, world, 1),
  moral:
    'A pipe ends well when its last command does: tar was killed, and aws uploaded what there was. Read a dump to its end before you stop anything, and let the pipe that makes it fail with any part of it.',
}

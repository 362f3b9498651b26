import { expect, test, vi } from 'vitest'
import { dated, nightOf } from '../../src/lab/scenarios/board.ts'
import { momentOf } from '../../src/lab/scenarios/dump-duplicity.ts'
import { prefixOf } from '../../src/lab/scenarios/dump-zfs.ts'
import { forumKey } from '../../src/lab/scenarios/forum.ts'
import { named, played, unattended } from './rehearsed.ts'

// They share one core, with a database server among them.
vi.setConfig({ testTimeout: 180_000 })

test.concurrent('rolling back a good head is judged for what it threw away', async () => {
  const drill = await played('needless-rollback', () => ({ at: 'latest', way: 'rollback' }))
  expect(drill.outcome).toBe('restored')
  expect(drill.passed).toBe(false)
  expect(drill.faults).toContain('a rollback has thrown away 45 minutes that the EBS snapshot still had')
})

test.concurrent('restoring the evening before the newest is judged as data lost', async () => {
  const drill = await played('volume-deleted', (world) => ({ snapshot: world.snapshots.at(-2)?.snapshotId ?? '' }))
  expect(drill.outcome).toBe('restored')
  expect(drill.passed).toBe(false)
})

test.concurrent('a rollback further than the last hour is judged after a bad deploy', async () => {
  const drill = await played('bad-deploy', (world) => ({
    source: 'local',
    at: world.hourlies.at(-3)?.snapshot ?? '',
    way: 'clone',
    dataset: ['tank/chat'],
  }))
  expect(drill.outcome).toBe('restored')
  expect(drill.passed).toBe(false)
})

test.concurrent.each([
  ['of the first 02:38', '2025-10-26T02:38:00+02:00'],
  ['to the last 02.00 by name', '2025-10-26_02.00.02--1w'],
])('a rollback %s in the night of two 02:38s is judged by the hour that it threw away', async (_name, at) => {
  const drill = await played('dst', () => ({ source: 'local', at, way: 'rollback', dataset: ['tank/chat'] }))
  expect(drill.outcome).toBe('restored')
  expect(drill.passed).toBe(false)
  expect(drill.destroyed).toEqual(['tank/chat@2025-10-26_02.00.01--1w'])
  expect(drill.faults).toEqual([
    'the records are of 2025-10-26T00:00:02Z, and are too old: those of 2025-10-26T01:00:01Z were there',
    'tank/chat@2025-10-26_02.00.01--1w is gone',
  ])
})

test.concurrent('a rollback past a snapshot that somebody holds is refused, and leaves everything as it was', async () => {
  const drill = await played('newest-held', (world) => ({
    source: 'local',
    at: world.hourlies.at(-2)?.snapshot ?? '',
    way: 'rollback',
    dataset: ['tank/chat'],
  }))
  expect(drill.guards).toEqual(['rollback-blocked'])
  expect(drill.destroyed).toEqual([])
  expect(drill.passed).toBe(false)
})

test.concurrent('keeping a head that crashes the service is not taken for a restore', async () => {
  const drill = await played('crash-looping', () => ({ at: 'head', way: 'none' }))
  expect(drill.outcome).toBe('unproven')
  expect(drill.passed).toBe(false)
})

test.concurrent('the snapshot of three nights ago is restored, proven, and judged as too old', async () => {
  const drill = await played('too-old', (world) => ({ snapshot: world.snapshots[0]?.snapshotId ?? '' }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults.join('\n')).toContain('is too old')
  expect(drill.passed).toBe(false)
})

test.concurrent('an older dump than the newest whole one is restored, proven, and judged as too old', async () => {
  const drill = await played('dump-folder', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/board/${dated(nightOf(world, 3))}/`,
  }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toHaveLength(1)
  expect(drill.faults[0]).toMatch(/^the board is of \d\d-\d\d-\d{4}; that of \d\d-\d\d-\d{4} was there, whole$/)
})

test.concurrent('the half of a dump is not taken for a restore', async () => {
  const drill = await played('dump-folder', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/board/${dated(nightOf(world, 0))}/`,
  }))
  expect(drill.outcome).toBe('unproven')
  expect(drill.faults).toContain('board.service is failed')
})

test.concurrent('an archive that was cut off is refused before the service is touched', async () => {
  const drill = await played('dump-archive', () => ({ source: 'dump', dump: 'latest' }))
  expect(drill.guards).toEqual(['dump-broken'])
  expect(drill.outcome).toBe('failed')
  expect(drill.passed).toBe(false)
})

test.concurrent('the newest backup of duplicity is whole, and brings the emptied folder back', async () => {
  const drill = await played('dump-duplicity', () => ({ source: 'dump', dump: 'latest' }))
  expect(drill.guards).toEqual(['proof-failed'])
  expect(drill.outcome).toBe('unproven')
  expect(drill.faults).toContain('board.service is failed')
  expect(drill.passed).toBe(false)
})

test.concurrent('the last full backup is restored, proven, and judged as a night too old', async () => {
  const drill = await played('dump-duplicity', (world) => ({ source: 'dump', dump: momentOf(world, 2) }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toEqual([expect.stringMatching(/^the board is of .*; that of .* was there, whole$/)])
})

test.concurrent('one file of a backup takes its place alone: what else the script has deleted is still gone', async () => {
  const drill = await played('dump-duplicity', (world) => ({
    source: 'dump',
    dump: momentOf(world, 1),
    only: 'messages.log',
  }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toEqual([expect.stringMatching(/^the board is /)])
})

test.concurrent('a file that is not in the backup is refused before the service is touched', async () => {
  const drill = await played('dump-duplicity', (world) => ({
    source: 'dump',
    dump: momentOf(world, 1),
    only: 'message.log',
  }))
  expect(drill.guards).toEqual(['path-not-in-dump'])
  expect(drill.outcome).toBe('failed')
})

test.concurrent('a stream of an hour before the newest is restored, proven, and judged as too old', async () => {
  const drill = await played('dump-zfs', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/${prefixOf(world.hourlies.at(-2))}`,
  }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toEqual([expect.stringMatching(/^the records are of .*; those of .* were there$/)])
})

test.concurrent('an archive of backupdb without a collection is refused before the server is touched', async () => {
  const drill = await played('dump-rocketchat', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/rocketchat/${dated(nightOf(world, 0))}/`,
  }))
  expect(drill.guards).toEqual(['dump-broken'])
  expect(drill.outcome).toBe('failed')
  expect(drill.passed).toBe(false)
})

test.concurrent('an older archive of backupdb than the newest good one is judged as too old', async () => {
  const drill = await played('dump-rocketchat', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/rocketchat/${dated(nightOf(world, 2))}/`,
  }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toEqual([
    expect.stringMatching(/^the messages are of \d\d-\d\d-\d{4}; those of \d\d-\d\d-\d{4} were there, whole$/),
  ])
})

test.concurrent.each([
  ['fetch', []],
  ['hand-over', ['the dump ran in the middle']],
])('a dump that is due when %s begins is seen where it was not held back', async (when, faults) => {
  const drill = await unattended({
    ...named('dump-rocketchat'),
    during: ({ type, step }, { ssh }) =>
      type === 'step-started' && step === when
        ? ssh('systemctl start rocketchat-dump.service').then(() => undefined)
        : undefined,
  })
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toEqual(faults)
})

test.concurrent('taking the host over from who is at work on it is judged, whatever comes of it', async () => {
  const drill = await played('two-operators', () => ({ takeOver: '20260101-000000-abcd' }))
  expect(drill.faults).toContain("carol's lock was taken from her")
  expect(drill.passed).toBe(false)
})

test.concurrent('a backup that runs before it is held back is seen by what it did to the last good dump', async () => {
  const drill = await unattended({
    ...named('timer-due'),
    during: ({ type, step }, { ssh }) =>
      type === 'step-started' && step === 'gate'
        ? ssh('mkdir -p /tank/chat && /usr/local/bin/chat-backup').then(() => undefined)
        : undefined,
  })
  expect(drill.faults).toEqual(['the backup ran over the last good dump before there was data to pack'])
})

test.concurrent('the newest dump of a database, written after the damage, is judged by what is not in it', async () => {
  const drill = await played('dump-postgres', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/${forumKey(world, 0)}`,
  }))
  expect(drill.passed).toBe(false)
  expect(drill.faults).toContain('forum.service is failed')
})

test.concurrent('an older dump of a database than there has to be is judged as data lost', async () => {
  const drill = await played('dump-postgres', (world) => ({
    source: 'dump',
    dump: `s3://irc-dumps/${forumKey(world, 2)}`,
  }))
  expect(drill.outcome).toBe('restored')
  expect(drill.faults).toEqual([expect.stringMatching(/^the posts are of \S+; those of \S+ were there$/)])
})

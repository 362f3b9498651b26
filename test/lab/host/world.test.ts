import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isStale, weekBefore } from '../../../src/lab/host/calendar.ts'
import { cloudWorld } from '../../../src/lab/host/cloud-world.ts'
import { readManifest, type World } from '../../../src/lab/host/manifest.ts'
import { temporaryFolder } from './temporary-folder.ts'

const contents = {
  messagesSha256: 'a'.repeat(64),
  notesSha256: 'b'.repeat(64),
  records: 3,
  newestRecordAt: '2026-03-27T23:40:00Z',
}
const world: World = {
  builtAt: '2026-03-28T12:34:56.000Z',
  incidentAt: '2026-03-28T12:34:00.000Z',
  availabilityZone: 'us-east-1a',
  instanceId: 'i-0123456789abcdef0',
  originalVolumeId: 'vol-0123456789abcdef0',
  sizeGiB: 1,
  pool: 'tank',
  poolGuid: '12151237197436924598',
  hostid: '7f4a10c2',
  snapshots: [
    {
      snapshotId: 'snap-0123456789abcdef0',
      startedAt: '2026-03-27T23:45:04.000Z',
      image: 'evening-1.raw',
      head: contents,
    },
  ],
  hourlies: [{ ...contents, snapshot: '2026-03-28_12.00.00--1w', at: '2026-03-28T12:00:00Z' }],
}

const iso = (ms: number) => new Date(ms).toISOString()

test('the week ends now on the full minute and begins on a full hour, no more than 7 days before', () => {
  const week = weekBefore(Date.parse('2026-03-28T12:34:56.789Z'))
  expect(iso(week.incidentMs)).toBe('2026-03-28T12:34:00.000Z')
  expect(iso(week.beginMs)).toBe('2026-03-21T13:00:00.000Z')
  expect(week.eveningsMs.map(iso)).toEqual([
    '2026-03-24T23:45:00.000Z',
    '2026-03-25T23:45:00.000Z',
    '2026-03-26T23:45:00.000Z',
    '2026-03-27T23:45:00.000Z',
  ])
})

test("tonight's snapshot counts once it is a quarter to twelve", () => {
  expect(weekBefore(Date.parse('2026-03-28T23:44:59Z')).eveningsMs.map(iso).at(-1)).toBe('2026-03-27T23:45:00.000Z')
  expect(weekBefore(Date.parse('2026-03-28T23:45:00Z')).eveningsMs.map(iso).at(-1)).toBe('2026-03-28T23:45:00.000Z')
})

test('a world is stale after 20 hours', () => {
  const builtMs = Date.parse(world.builtAt)
  expect(isStale(world.builtAt, builtMs + 20 * 3_600_000)).toBe(false)
  expect(isStale(world.builtAt, builtMs + 20 * 3_600_000 + 1)).toBe(true)
})

test('a manifest is read with absolute image paths, and one of another form is refused', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'world.json'), JSON.stringify(world))
  expect((await readManifest(folder)).snapshots[0]?.image).toBe(join(folder, 'evening-1.raw'))
  await writeFile(join(folder, 'world.json'), JSON.stringify({ ...world, poolGuid: 12 }))
  await expect(readManifest(folder)).rejects.toThrow('poolGuid')
})

test('the cloud begins with the instance, its root volume and the snapshots; the lost volume is not in it', () => {
  const keys = { accessKeyId: 'AKIA1', secretAccessKey: 's' }
  const cloud = cloudWorld(world, keys)
  expect(cloud).toMatchObject({ ...keys, region: 'us-east-1', accountId: '854026359331' })
  expect(cloud.instances).toMatchObject([
    { instanceId: world.instanceId, instanceType: 'm5.large', tags: { Name: 'irc-1' } },
  ])
  expect(cloud.volumes).toMatchObject([
    { volumeId: cloud.instances[0]?.rootVolumeId, imagePath: null, attached: { instanceId: world.instanceId } },
  ])
  expect(cloud.volumes.map(({ volumeId }) => volumeId)).not.toContain(world.originalVolumeId)
  expect(cloud.snapshots).toMatchObject([
    {
      snapshotId: 'snap-0123456789abcdef0',
      volumeId: world.originalVolumeId,
      startedAt: '2026-03-27T23:45:04.000Z',
      ownerId: '854026359331',
      imagePath: 'evening-1.raw',
    },
  ])
  const [snapshot] = cloud.snapshots
  expect(snapshot?.tags).toMatchObject({ SnapshotCreator: 'DLM', SnapshotPolicy: 'Daily-2Weeks' })
  expect(snapshot?.description).toBe(
    `Created for policy: ${snapshot?.tags['aws:dlm:lifecycle-policy-id']} schedule: Daily-2Weeks`,
  )
})

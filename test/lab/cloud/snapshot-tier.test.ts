import {
  CreateVolumeCommand,
  DescribeSnapshotTierStatusCommand,
  DescribeSnapshotsCommand,
  ModifySnapshotTierCommand,
  RestoreSnapshotTierCommand,
} from '@aws-sdk/client-ec2'
import type { RestoreSnapshotTierCommandInput } from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { delaysOf } from '../../../src/lab/cloud/delays.ts'
import { nightly, refusal, testLab, until } from './helpers.ts'
import type { TestLab } from './helpers.ts'

const SnapshotId = nightly.snapshotId
const archived = { snapshots: [{ ...nightly, storageTier: 'archive' as const }] }
const slow = { delays: { ...delaysOf('none'), archiveMs: 500, restoreTierMs: 500 } }

async function status(lab: TestLab) {
  const Filters = [{ Name: 'snapshot-id', Values: [SnapshotId] }]
  const { SnapshotTierStatuses } = await lab.ec2.send(new DescribeSnapshotTierStatusCommand({ Filters }))
  return SnapshotTierStatuses?.[0]
}

async function shown(lab: TestLab) {
  return (await lab.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots?.[0]
}

const create = (lab: TestLab) =>
  refusal(lab.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', SnapshotId })))

const restore = (lab: TestLab, how: Partial<RestoreSnapshotTierCommandInput>) =>
  lab.ec2.send(new RestoreSnapshotTierCommand({ SnapshotId, ...how }))

test('a snapshot on its way to the archive can be used until it is there', async () => {
  await using lab = await testLab({}, slow)
  const { TieringStartTime } = await lab.ec2.send(new ModifySnapshotTierCommand({ SnapshotId, StorageTier: 'archive' }))
  expect(TieringStartTime).toBeInstanceOf(Date)
  expect(await status(lab)).toMatchObject({
    StorageTier: 'standard',
    LastTieringOperationStatus: 'archival-in-progress',
  })
  expect(await create(lab)).toBe('none')
  const there = await until(
    () => status(lab),
    (now) => now?.StorageTier === 'archive',
  )
  expect(there).toMatchObject({ LastTieringOperationStatus: 'archival-completed', LastTieringProgress: 100 })
  expect(there?.ArchivalCompleteTime).toBeInstanceOf(Date)
  expect(await create(lab)).toBe('IncorrectState 400')
})

test('a snapshot that is restored for good takes its time, and is then a standard one', async () => {
  await using lab = await testLab(archived, slow)
  expect(await restore(lab, { PermanentRestore: true })).toMatchObject({ IsPermanentRestore: true, SnapshotId })
  expect(await status(lab)).toMatchObject({
    StorageTier: 'archive',
    LastTieringOperationStatus: 'permanent-restore-in-progress',
  })
  expect(await create(lab)).toBe('IncorrectState 400')
  expect(await refusal(restore(lab, { PermanentRestore: true }))).toBe('IncorrectState 400')
  await until(
    () => shown(lab),
    (now) => now?.StorageTier === 'standard',
  )
  expect(await status(lab)).toMatchObject({ LastTieringOperationStatus: 'permanent-restore-completed' })
  expect((await shown(lab))?.RestoreExpiryTime).toBeUndefined()
  expect(await create(lab)).toBe('none')
})

test('a snapshot that is restored for some days goes back by itself', async () => {
  let now = new Date('2026-11-21T12:00:00Z')
  await using lab = await testLab(archived, { clock: () => now })
  lab.ec2.config.systemClockOffset = now.getTime() - Date.now()
  expect(await restore(lab, { TemporaryRestoreDays: 2 })).toMatchObject({ RestoreDuration: 2 })
  const restored = await until(
    () => shown(lab),
    (snapshot) => snapshot?.StorageTier === 'standard',
  )
  expect(restored?.RestoreExpiryTime).toEqual(new Date('2026-11-23T12:00:00Z'))
  await restore(lab, { TemporaryRestoreDays: 3 })
  expect((await status(lab))?.RestoreExpiryTime).toEqual(new Date('2026-11-24T12:00:00Z'))
  now = new Date('2026-11-24T12:00:00Z')
  lab.ec2.config.systemClockOffset = now.getTime() - Date.now()
  expect(await shown(lab)).toMatchObject({ StorageTier: 'archive' })
  expect(await create(lab)).toBe('IncorrectState 400')
})

describe('RestoreSnapshotTier refuses', () => {
  test.each([
    ['neither days nor for good', {}, 'MissingParameter 400'],
    ['both', { TemporaryRestoreDays: 1, PermanentRestore: true }, 'InvalidParameterCombination 400'],
    ['181 days', { TemporaryRestoreDays: 181 }, 'InvalidParameterValue 400'],
  ])('%s', async (_, how, expected) => {
    await using lab = await testLab(archived)
    expect(await refusal(restore(lab, how))).toBe(expected)
  })

  test('a snapshot that never was in the archive', async () => {
    await using lab = await testLab()
    expect(await refusal(restore(lab, { PermanentRestore: true }))).toBe('IncorrectState 400')
  })

  test('an identity without the permission, before it looks at the snapshot', async () => {
    await using lab = await testLab({ denied: ['ec2:RestoreSnapshotTier'] })
    expect(await refusal(restore(lab, { PermanentRestore: true, DryRun: true }))).toBe('UnauthorizedOperation 403')
  })
})
